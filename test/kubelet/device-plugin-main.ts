import { testDevicePlugin } from './device-plugin.node.ts'

// What runs in the container of a device plugin: it knows nothing of the node but the usual path.
await testDevicePlugin('/var/lib/kubelet/device-plugins', 'example.com/stock', { d1: true })
