export { Cluster, type ClusterOptions } from './cluster/cluster.node.ts'
export type { Client } from './client/client.ts'
