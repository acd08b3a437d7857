import { join } from 'node:path'
import { nodeCrypto } from '../base/crypto.node.ts'
import { silentLogger } from '../base/logger.ts'
import { stopContainerd } from '../kubelet/containerd/stop.node.ts'
import { removePods } from '../kubelet/remove-pods.node.ts'
import { tearDownPodNetwork } from '../network/cni/setup.node.ts'
import { removeTables } from '../network/host-rules.node.ts'
import { removeNodeRoutes } from '../network/node-routes.node.ts'
import { nodeNames } from './node-names.ts'

/**
 * Removes what a node with containers left on the machine: Pods and their volumes, containerd, the Pod network, the
 * rules of Services. Images stay. Does what it can, whatever state the node is in; nothing where there was none.
 */
export async function removeNode(dataDir: string): Promise<void> {
  const crypto = nodeCrypto()
  const names = nodeNames(dataDir, crypto)
  await stopContainerd({ dataDir, crypto, logger: silentLogger, cgroupRoot: names.cgroup })
  await removePods(dataDir)
  await tearDownPodNetwork(
    {
      name: names.network,
      bridge: names.bridge,
      stateDir: join(dataDir, 'cni', 'state'),
      hostPorts: 'portmap',
    },
    join(dataDir, 'cni', 'net.d'),
  )
  await removeNodeRoutes(names.routes)
  await removeTables([
    ['ip', names.servicesTable],
    ['ip6', names.servicesTable],
    ['ip', names.hostTable],
    ['ip6', names.hostTable],
    ['inet', names.policyTable],
  ])
}
