import type { MetricSet } from '../../base/metrics.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import type { Machine } from '../node/machine.ts'
import type { DirectoryContainer, DirectoryPod, PodDirectory } from '../pod-directory.ts'
import type { NodeStatsReader } from '../stats/summary.ts'

/** What the node's own API tells of. */
export interface ServedNode extends PodDirectory {
  readonly stats: NodeStatsReader
  readonly machine: Machine
  readonly configuration: KubeletConfiguration
  /** Of the agent itself. */
  readonly metrics: MetricSet
  readonly probeMetrics: MetricSet
  /** Writes a checkpoint of a container that runs; answers with its path. Rejects with the runtime's errors. */
  checkpoint(
    pod: DirectoryPod,
    container: DirectoryContainer,
    timeoutSeconds: number,
  ): Promise<string>
}
