import type { ClusterFlags } from './flags.node.ts'

/** What every node must know of the cluster. */
export interface NodeConfig {
  readonly clusterCIDR: string
  readonly serviceRange: string
  readonly clusterDomain: string
}

export function nodeConfig({
  clusterCidr: clusterCIDR,
  serviceClusterIpRange: serviceRange,
}: Pick<ClusterFlags, 'clusterCidr' | 'serviceClusterIpRange'>): NodeConfig {
  return { clusterCIDR, serviceRange, clusterDomain: 'cluster.local' }
}
