import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../api/core/v1/pod.ts'
import { timestamp, timestampOf, type Clock } from '../../base/clock.ts'
import { cgroupPressures, cgroupUsages } from '../cgroups/cgroup-usage.node.ts'
import { podCgroup } from '../containers/resources.ts'
import type { ContainerStats as RuntimeStats, ImageService, RuntimeService } from '../cri/types.ts'
import type { Machine } from '../node/machine.ts'
import { readMachineUse } from '../node/machine.node.ts'
import type { DirectoryPod } from '../pod-directory.ts'
import { LABELS } from '../runtime/labels.ts'
import type { PodVolumes } from '../volumes/pod-volumes.ts'
import { cpuRates } from './cpu-rates.ts'
import {
  diskUsage,
  fileSystemOf,
  runtimeDisks,
  type DiskUsage,
  type FileSystem,
  type RuntimeDisk,
} from './disk-usage.node.ts'
import { parseNetDev } from './network-usage.ts'
import { readPressures, type Pressures } from './pressure.ts'
import type {
  ContainerStats,
  CpuStats,
  FsStats,
  IoStats,
  MemoryStats,
  NetworkStats,
  NodeStats,
  NodeStatsReader,
  PodStats,
  PressureStats,
  VolumeStats,
} from './summary.ts'

export interface NodeStatsOptions {
  readonly nodeName: string
  readonly dataDir: string
  readonly volumes: Pick<PodVolumes, 'usage'>
  readonly cgroupRoot: string
  readonly machine: Machine
  readonly runtime: RuntimeService
  readonly images: ImageService
  readonly clock: Clock
  /** The Pods of the node as they are now. */
  readonly pods: () => readonly DirectoryPod[]
  /** Where a Pod's containers log. */
  readonly logDirectory: (pod: Pod) => string
  /** How long measured volumes and logs count, in milliseconds. */
  readonly volumesMs: number
}

export function nodeStatsReader(options: NodeStatsOptions): NodeStatsReader {
  const { clock, machine, nodeName, runtime } = options
  const usageOf = cgroupUsages()
  const pressuresOf = cgroupPressures()
  const rates = cpuRates()
  const disks = remembered(clock, options.volumesMs, diskUsage)
  const pids = new Map<string, number>() // By sandbox.
  const bootMs = bootTime()

  const cpu = (name: string, cpuNs: number, time: string): CpuStats => {
    const usageNanoCores = rates.rate(name, cpuNs, clock.now())
    return {
      time,
      ...(usageNanoCores !== undefined && { usageNanoCores }),
      usageCoreNanoSeconds: cpuNs,
    }
  }
  const network = async (pid: number | 'self', time: string): Promise<NetworkStats | undefined> => {
    const text = await readFile(`/proc/${pid}/net/dev`, 'utf8').catch(() => '')
    const interfaces = parseNetDev(text)
    const main = interfaces.find(({ name }) => name === 'eth0') ?? interfaces[0]
    return main && { time, ...main, interfaces }
  }
  const sandboxPid = async (id: string): Promise<number | undefined> => {
    if (!pids.has(id)) {
      const answer = await runtime.podSandboxStatus(id, true).catch(() => undefined)
      const { pid } = JSON.parse(answer?.info['info'] ?? '{}') as { readonly pid?: number }
      if (pid) pids.set(id, pid)
    }
    return pids.get(id)
  }

  const containerStats = async (
    of: DirectoryPod,
    stats: RuntimeStats,
    disksOf: Disks | undefined,
    time: string,
  ): Promise<ContainerStats | undefined> => {
    const id = stats.attributes?.id ?? ''
    const name = stats.attributes?.metadata?.name ?? ''
    const found = of.container(name)
    if (found?.id !== id) return undefined
    const used = stats.cpu?.usageCoreNanoSeconds
    const logs = disksOf && (await disks.of(join(options.logDirectory(of.pod), name)))
    const pressures = await pressuresOf(join(podCgroup(options.cgroupRoot, of.pod), id))
    return {
      name,
      startTime: timestampOf(found.startedAtMs),
      ...(used !== undefined && { cpu: { ...cpu(id, used, time), ...psi(pressures.cpu) } }),
      ...(stats.memory && {
        memory: { ...memoryOf(stats.memory, time), ...psi(pressures.memory) },
      }),
      ...ioOf(pressures, time),
      ...(disksOf && {
        rootfs: {
          ...fsStats(disksOf.containers, time),
          ...(stats.writableLayer?.usedBytes !== undefined && {
            usedBytes: stats.writableLayer.usedBytes,
          }),
          ...(stats.writableLayer?.inodesUsed !== undefined && {
            inodesUsed: stats.writableLayer.inodesUsed,
          }),
        },
        logs: { ...fsStats(disksOf.node, time), usedBytes: logs!.bytes, inodesUsed: logs!.inodes },
      }),
    }
  }
  const volumeStats = async (pod: Pod, fs: FileSystem, time: string): Promise<VolumeStats[]> => {
    const directory = join(options.dataDir, 'pods', pod.metadata.uid, 'volumes')
    // Names with a `~` are directories of plugins, which tell more of their volumes than a directory can.
    const names = (await readdir(directory).catch(() => [])).filter((name) => !name.includes('~'))
    const [own, persistent] = await Promise.all([
      Promise.all(
        names.map(async (name) => {
          const { bytes, inodes } = await disks.of(join(directory, name))
          return { name, ...fsStats(fs, time), usedBytes: bytes, inodesUsed: inodes }
        }),
      ),
      options.volumes.usage(pod.metadata.uid),
    ])
    return [...own, ...persistent.map((usage) => ({ time, ...usage }))]
  }
  const podStats = async (
    found: DirectoryPod,
    all: readonly RuntimeStats[],
    disksOf: Disks | undefined,
  ): Promise<PodStats> => {
    const { pod, sandboxId } = found
    const { name, namespace, uid } = pod.metadata
    const time = timestamp(clock)
    const usage = await usageOf(podCgroup(options.cgroupRoot, pod))
    const pid =
      sandboxId === undefined || pod.spec.hostNetwork ? undefined : await sandboxPid(sandboxId)
    const [containers, net, volume] = await Promise.all([
      Promise.all(all.map((each) => containerStats(found, each, disksOf, time))),
      pid === undefined ? undefined : network(pid, time),
      disksOf && volumeStats(pod, disksOf.node, time),
    ])
    const known = containers.filter((each) => each !== undefined)
    return {
      podRef: { name, namespace, uid },
      startTime: pod.status.startTime ?? timestamp(clock),
      containers: known,
      ...(usage.cpuNs !== undefined && {
        cpu: { ...cpu(uid, usage.cpuNs, time), ...psi(usage.pressures?.cpu) },
      }),
      memory: { ...memoryOf(usage, time), ...psi(usage.pressures?.memory) },
      ...ioOf(usage.pressures, time),
      ...(usage.swapBytes !== undefined && { swap: { time, swapUsageBytes: usage.swapBytes } }),
      ...(net && { network: net }),
      ...(volume &&
        disksOf && {
          volume,
          'ephemeral-storage': ephemeral(pod, known, volume, disksOf.node, time),
        }),
      ...(usage.processes !== undefined && { process_stats: { process_count: usage.processes } }),
    }
  }

  const bothDisks = async (): Promise<Disks> => {
    const [node, { container }] = await Promise.all([
      fileSystemOf(options.dataDir),
      runtimeDisks(options.images),
    ])
    return { node, containers: container ?? node }
  }

  const nodeStats = async (): Promise<NodeStats> => {
    const time = timestamp(clock)
    const [use, cpuNs, nodefs, runtimes, net, pressures] = await Promise.all([
      readMachineUse(),
      machineCpuNs(),
      fileSystemOf(options.dataDir),
      runtimeDisks(options.images),
      network('self', time),
      readPressures((resource) => readFile(`/proc/pressure/${resource}`, 'utf8').catch(() => '')),
    ])
    const used = machine.memoryBytes - use.memoryAvailableBytes
    const runtimeFs = (disk: RuntimeDisk | undefined): FsStats => ({
      ...fsStats(disk ?? nodefs, time),
      usedBytes: disk?.usedBytes ?? 0,
      inodesUsed: disk?.inodesUsed ?? 0,
    })
    return {
      nodeName,
      startTime: timestampOf(await bootMs),
      cpu: { ...cpu('', cpuNs, time), ...psi(pressures.cpu) },
      memory: {
        time,
        ...psi(pressures.memory),
        availableBytes: use.memoryAvailableBytes,
        usageBytes: used,
        workingSetBytes: used,
      },
      ...ioOf(pressures, time),
      swap: {
        time,
        swapAvailableBytes: use.swapFreeBytes,
        swapUsageBytes: use.swapBytes - use.swapFreeBytes,
      },
      ...(net && { network: net }),
      fs: { ...fsStats(nodefs, time), usedBytes: nodefs.capacityBytes - nodefs.availableBytes },
      runtime: {
        imageFs: runtimeFs(runtimes.image),
        containerFs: runtimeFs(runtimes.container),
      },
      rlimit: { time, maxpid: use.processesMax, curproc: use.processes },
    }
  }
  return {
    async claimedVolumes() {
      const pods = options.pods().map(({ pod }) => options.volumes.usage(pod.metadata.uid))
      return (await Promise.all(pods)).flat().filter(({ pvcRef }) => pvcRef !== undefined)
    },
    async summary({ withoutDisks = false } = {}) {
      const [node, stats] = await Promise.all([
        nodeStats(),
        runtime.listContainerStats().catch(() => []), // The node's own stay readable.
      ])
      const disksOf = withoutDisks ? undefined : await bothDisks()
      const bySandboxUid = Map.groupBy(stats, (each) => uidOf(each))
      const pods = options.pods().filter(({ sandboxId }) => sandboxId !== undefined)
      for (const id of pids.keys()) if (!pods.some((pod) => pod.sandboxId === id)) pids.delete(id)
      const all = pods.map((pod) =>
        podStats(pod, bySandboxUid.get(pod.pod.metadata.uid) ?? [], disksOf),
      )
      return { node, pods: await Promise.all(all) }
    },
  }
}

/** Where volumes and logs are, and where what containers write is. */
interface Disks {
  readonly node: FileSystem
  readonly containers: FileSystem
}

function uidOf({ attributes }: RuntimeStats): string {
  return attributes?.labels[LABELS.podUid] ?? ''
}

type Known = Partial<
  Readonly<
    Record<
      | 'availableBytes'
      | 'memoryBytes'
      | 'usageBytes'
      | 'workingSetBytes'
      | 'rssBytes'
      | 'pageFaults'
      | 'majorPageFaults',
      number | undefined
    >
  >
>

function memoryOf(usage: Known, time: string): MemoryStats {
  const values = {
    availableBytes: usage.availableBytes,
    usageBytes: usage.usageBytes ?? usage.memoryBytes,
    workingSetBytes: usage.workingSetBytes,
    rssBytes: usage.rssBytes,
    pageFaults: usage.pageFaults,
    majorPageFaults: usage.majorPageFaults,
  }
  const known = Object.entries(values).filter(([, value]) => value !== undefined)
  return { time, ...Object.fromEntries(known) }
}

function psi(pressure: PressureStats | undefined): { readonly psi?: PressureStats } {
  return pressure ? { psi: pressure } : {}
}

function ioOf(pressures: Pressures | undefined, time: string): { readonly io?: IoStats } {
  return pressures?.io ? { io: { time, psi: pressures.io } } : {}
}

function fsStats(fs: FileSystem, time: string): FsStats {
  const { capacityBytes, availableBytes, inodes, inodesFree } = fs
  return { time, availableBytes, capacityBytes, inodesFree, inodes }
}

/** What a Pod takes of the node's disk: what its containers write, their logs, and its volumes there. */
function ephemeral(
  { spec }: Pod,
  containers: readonly ContainerStats[],
  volumes: readonly VolumeStats[],
  fs: FileSystem,
  time: string,
): FsStats {
  const own = new Set(
    (spec.volumes ?? [])
      .filter(({ emptyDir, configMap, downwardAPI }) =>
        emptyDir
          ? emptyDir.medium !== 'Memory'
          : configMap !== undefined || downwardAPI !== undefined,
      )
      .map(({ name }) => name),
  )
  const parts: readonly FsStats[] = [
    ...containers.flatMap(({ rootfs, logs }) =>
      [rootfs, logs].filter((each) => each !== undefined),
    ),
    ...volumes.filter(({ name }) => own.has(name)),
  ]
  const sum = (of: 'usedBytes' | 'inodesUsed'): number =>
    parts.reduce((total, each) => total + (each[of] ?? 0), 0)
  return { ...fsStats(fs, time), usedBytes: sum('usedBytes'), inodesUsed: sum('inodesUsed') }
}

/** Processor time of the whole machine since it started, idle time left out. */
async function machineCpuNs(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) * NS_PER_TICK
}

const NS_PER_TICK = 10_000_000 // The kernel tells hundredths of a second, whatever it counts in.

async function bootTime(): Promise<number> {
  const text = await readFile('/proc/stat', 'utf8')
  return Number(/^btime (\d+)$/m.exec(text)?.[1] ?? 0) * 1000
}

/** Measures again only after a while. */
function remembered(
  clock: Clock,
  keptMs: number,
  measure: (path: string) => Promise<DiskUsage>,
): { of(path: string): Promise<DiskUsage> } {
  const known = new Map<string, { readonly atMs: number; readonly usage: Promise<DiskUsage> }>()
  return {
    of(path) {
      const nowMs = clock.monotonic()
      const before = known.get(path)
      if (before && nowMs - before.atMs < keptMs) return before.usage
      for (const [key, { atMs }] of known) if (nowMs - atMs > 10 * keptMs) known.delete(key)
      const usage = measure(path)
      known.set(path, { atMs: nowMs, usage })
      return usage
    },
  }
}
