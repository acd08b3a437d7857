import { nodeCrypto } from '../base/crypto.node.ts'
import { silentLogger } from '../base/logger.ts'
import { systemRandom } from '../base/random.node.ts'
import { stopContainerd } from '../kubelet/containerd/stop.node.ts'

/** Removes what a node with containers left on the machine: Pods, containerd, the Pod network, Services' rules. */
export async function removeNode(nodeDir: string): Promise<void> {
  await stopContainerd({ dataDir: nodeDir, crypto: nodeCrypto(systemRandom), logger: silentLogger })
}
