import { test } from 'node:test'
import { Pod } from '../api/core/v1/pod.ts'
import { Cluster } from './cluster.node.ts'

test('the scheduler may make claims for extended resources once there are classes of devices', async () => {
  await using cluster = await Cluster.start()
  const [node] = cluster.nodeNames
  await cluster.apply(`
apiVersion: resource.k8s.io/v1
kind: DeviceClass
metadata: { name: gpu }
spec: { extendedResourceName: example.com/gpu }
---
apiVersion: resource.k8s.io/v1
kind: ResourceSlice
metadata: { name: gpus }
spec:
  driver: gpu.example.com
  nodeName: ${node}
  pool: { name: gpus, generation: 1, resourceSliceCount: 1 }
  devices: [{ name: first }]
---
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
    - { name: main, image: example, resources: { limits: { example.com/gpu: '1' } } }
`)
  await cluster.eventually(async () => {
    const pod = await cluster.client.get(Pod, { namespace: 'default', name: 'web' })
    return pod.spec.nodeName === node && pod.status.extendedResourceClaimStatus !== undefined
  })
})
