export {
  Cluster,
  type ClusterOptions,
  type ClusterSnapshot,
  type ForkOptions,
} from './cluster/cluster.node.ts'
export type { ClusterClock, Duration } from './cluster/embedded/cluster-clock.ts'
export type { ComponentName } from './cluster/embedded/engine.ts'
export type { EventuallyOptions, Probe } from './cluster/embedded/eventually.ts'
export type { Failures } from './cluster/embedded/failures.ts'
export type { CallFault, CallSelector } from './cluster/embedded/faults.ts'
export type { Client } from './client/client.ts'
