/**
 * What `/stats/summary` answers, in upstream's form
 * (https://kubernetes.io/docs/reference/instrumentation/node-metrics/#summary-api-source).
 */
export interface Summary {
  readonly node: NodeStats
  readonly pods: readonly PodStats[]
}

export interface NodeStats {
  readonly nodeName: string
  readonly systemContainers?: readonly ContainerStats[]
  readonly startTime: string
  readonly cpu: CpuStats
  readonly memory: MemoryStats
  readonly io?: IoStats
  readonly swap?: SwapStats
  readonly network?: NetworkStats
  readonly fs: FsStats
  readonly runtime: { readonly imageFs: FsStats; readonly containerFs: FsStats }
  readonly rlimit: { readonly time: string; readonly maxpid: number; readonly curproc: number }
}

export interface PodStats {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string }
  readonly startTime: string
  readonly containers: readonly ContainerStats[]
  readonly cpu?: CpuStats
  readonly memory?: MemoryStats
  readonly io?: IoStats
  readonly swap?: SwapStats
  readonly network?: NetworkStats
  readonly volume?: readonly VolumeStats[]
  readonly 'ephemeral-storage'?: FsStats
  readonly process_stats?: { readonly process_count: number }
}

export interface ContainerStats {
  readonly name: string
  readonly startTime: string
  readonly cpu?: CpuStats
  readonly memory?: MemoryStats
  readonly io?: IoStats
  readonly rootfs?: FsStats
  readonly logs?: FsStats
}

/** How long tasks waited for something, in nanoseconds, and what share of the last 10, 60 and 300 seconds that was. */
interface PressureData {
  readonly total: number
  readonly avg10: number
  readonly avg60: number
  readonly avg300: number
}

/** That all tasks waited at once, and that some did (KEP-4205). */
export interface PressureStats {
  readonly full: PressureData
  readonly some: PressureData
}

export interface IoStats {
  readonly time: string
  readonly psi: PressureStats
}

export interface SwapStats {
  readonly time: string
  readonly swapAvailableBytes?: number
  readonly swapUsageBytes?: number
}

export interface CpuStats {
  readonly time: string
  readonly psi?: PressureStats
  /** Over all cores, since the last look; absent on the first. */
  readonly usageNanoCores?: number
  readonly usageCoreNanoSeconds?: number
}

export interface MemoryStats {
  readonly time: string
  readonly psi?: PressureStats
  readonly availableBytes?: number
  readonly usageBytes?: number
  readonly workingSetBytes?: number
  readonly rssBytes?: number
  readonly pageFaults?: number
  readonly majorPageFaults?: number
}

export interface InterfaceStats {
  readonly name: string
  readonly rxBytes: number
  readonly rxErrors: number
  readonly txBytes: number
  readonly txErrors: number
}

export interface NetworkStats extends InterfaceStats {
  readonly time: string
  readonly interfaces: readonly InterfaceStats[]
}

export interface FsStats {
  readonly time: string
  readonly availableBytes?: number
  readonly capacityBytes?: number
  readonly usedBytes?: number
  readonly inodesFree?: number
  readonly inodes?: number
  readonly inodesUsed?: number
}

export interface VolumeStats extends FsStats {
  readonly name: string
  readonly pvcRef?: { readonly name: string; readonly namespace: string }
}

/** Reads what the node and its Pods use. */
export interface NodeStatsReader {
  /** Without disks, where that is enough: they take longest. */
  summary(options?: { readonly withoutDisks?: boolean }): Promise<Summary>
  /** How full the volumes of claims are. */
  claimedVolumes(): Promise<readonly Omit<VolumeStats, 'time'>[]>
}
