import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import type { HintProvider } from './hints.ts'
import { NUMA_NODE_MAX } from './numa-mask.ts'
import type { NumaNode } from './numa.ts'
import type { TopologyPolicy } from './policies.ts'
import { topologyManager, type TopologyManager } from './topology-manager.ts'

/** Beyond this, comparing all groups of nodes takes long. */
export const NUMA_NODES_MAX = 8

/** The topology manager that a configuration asks for. Throws where the machine has too many NUMA nodes for it. */
export function configuredTopology(
  {
    topologyManagerPolicy,
    topologyManagerScope,
    topologyManagerPolicyOptions: options = {},
  }: KubeletConfiguration,
  nodes: readonly NumaNode[],
  providers: readonly HintProvider[],
  observe: (isAdmitted: boolean) => void,
): TopologyManager {
  const max = Number(options['max-allowable-numa-nodes'] ?? NUMA_NODES_MAX)
  const isTooLarge = nodes.length > max || nodes.some(({ id }) => id > NUMA_NODE_MAX)
  if (topologyManagerPolicy !== 'none' && isTooLarge)
    throw new Error(`unsupported on machines with more than ${max} NUMA Nodes`)
  return topologyManager({
    policy: topologyManagerPolicy as TopologyPolicy, // Checked when it was read.
    scope: topologyManagerScope === 'pod' ? 'pod' : 'container',
    prefersClosest: options['prefer-closest-numa-nodes'] === 'true',
    nodes,
    providers,
    observe,
  })
}
