import type { Node } from '../api/core/v1/node.ts'
import { isPodTerminal } from '../api/core/v1/pod-conditions.ts'
import { parseDuration } from '../apimachinery/durations.ts'
import { sleep } from '../base/clock.ts'
import { quantityValue } from '../schema/quantity.ts'
import type { KubeletConfiguration } from './config/kubelet-configuration.ts'
import { PAUSE_IMAGE } from './containerd/pause-image.ts'
import type { ImageService } from './cri/types.ts'
import { diskLayout } from './eviction/disk-layout.ts'
import {
  evictionManager,
  type EvictionManager,
  type Observed,
} from './eviction/eviction-manager.ts'
import type { Observations } from './eviction/signals.ts'
import { thresholdsOf } from './eviction/thresholds.ts'
import { imageGc } from './images/image-gc.ts'
import type { KubeletOptions } from './kubelet-options.ts'
import { rotateLog } from './logs/rotate-logs.node.ts'
import type { KubeletMetrics } from './metrics/kubelet-metrics.ts'
import { readMachineUse } from './node/machine.node.ts'
import type { DirectoryPod } from './pod-directory.ts'
import type { PodWorkers } from './pod-workers/pod-workers.ts'
import { fileSystemOf, runtimeDisks, type FileSystem } from './stats/disk-usage.node.ts'
import type { NodeStatsReader } from './stats/summary.ts'

const IMAGE_GC_MS = 300_000 // As upstream's image garbage collection period.

export interface HousekeepingOptions extends Pick<
  KubeletOptions,
  'clock' | 'logger' | 'runtime' | 'images' | 'dataDir' | 'recorder'
> {
  readonly configuration: KubeletConfiguration
  readonly metrics: KubeletMetrics
  readonly stats: NodeStatsReader
  readonly workers: () => Pick<PodWorkers, 'list' | 'fail'> | undefined
  readonly node: () => Node | undefined
  /** Told when what the Node tells of pressure has changed. */
  readonly changed: () => void
}

/** What keeps the machine from filling up: images, logs, and Pods that use too much. */
export interface Housekeeping {
  readonly eviction: EvictionManager
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export function housekeeping(options: HousekeepingOptions): Housekeeping {
  const { clock, configuration, dataDir, images, logger, metrics, recorder, runtime } = options
  const pods = (): readonly DirectoryPod[] => options.workers()?.list() ?? []
  const warn = (reason: string, message: string): void => {
    const node = options.node()
    if (node) recorder.warning({ ...node, apiVersion: 'v1', kind: 'Node' }, reason, message)
  }
  const collector = imageGc({
    images,
    runtime,
    clock,
    logger,
    warn,
    settings: {
      highPercent: configuration.imageGCHighThresholdPercent,
      lowPercent: configuration.imageGCLowThresholdPercent,
      minAgeMs: parseDuration(configuration.imageMinimumGCAge),
      maxAgeMs: parseDuration(configuration.imageMaximumGCAge),
    },
    keep: [PAUSE_IMAGE],
    disk: async () => (await runtimeDisks(images)).image,
    observe: (count, why) => metrics.imagesRemoved.with(why).inc(count),
  })
  const eviction = evictionManager({
    clock,
    logger,
    warn,
    thresholds: thresholdsOf(configuration),
    transitionMs: parseDuration(configuration.evictionPressureTransitionPeriod),
    softGraceSeconds: configuration.evictionMaxPodGracePeriod ?? 0,
    observe: () => observe(dataDir, images),
    summary: () => options.stats.summary(),
    pods: () => pods().flatMap(({ pod }) => (isPodTerminal(pod) ? [] : [pod])),
    fail: (pod, failure) => options.workers()?.fail(pod.metadata.uid, failure),
    freeDisk: () => collector.removeUnused(),
    changed: options.changed,
    evicted: (signal) => metrics.evictions.with(signal).inc(),
  })
  const rotateLogs = async (): Promise<void> => {
    const bytesMax = quantityValue(configuration.containerLogMaxSize)
    const limits = { runtime, clock, bytesMax, filesMax: configuration.containerLogMaxFiles }
    for (const container of pods().flatMap((pod) => pod.containers()))
      if (container.state === 'running')
        await rotateLog(limits, container).catch((error: unknown) =>
          logger.warn('Cannot rotate a log', { log: container.logPath, error }),
        )
  }
  const every = async (ms: number, signal: AbortSignal, work: () => Promise<void>) => {
    while (!signal.aborted) {
      await sleep(clock, ms, { signal }).catch(() => undefined)
      if (signal.aborted) return
      await work().catch((error: unknown) => logger.warn('Housekeeping failed', { error }))
    }
  }
  return {
    eviction,
    async run(signal) {
      await Promise.all([
        eviction.run(signal),
        every(parseDuration(configuration.containerLogMonitorInterval), signal, rotateLogs),
        every(IMAGE_GC_MS, signal, () => collector.collect()),
      ])
    },
  }
}

async function observe(
  dataDir: string,
  images: Pick<ImageService, 'imageFsInfo'>,
): Promise<Observed> {
  const [use, nodefs, { image: imagefs, container: containerfs }] = await Promise.all([
    readMachineUse(),
    fileSystemOf(dataDir),
    runtimeDisks(images),
  ])
  const memory = { available: use.memoryAvailableBytes, capacity: use.memoryBytes }
  const pids = { available: use.processesMax - use.processes, capacity: use.processesMax }
  return {
    layout: diskLayout(nodefs, imagefs, containerfs),
    observations: {
      'memory.available': memory,
      'pid.available': pids,
      ...diskObservations('nodefs', nodefs),
      ...(imagefs && diskObservations('imagefs', imagefs)),
    },
  }
}

function diskObservations(name: 'nodefs' | 'imagefs', disk: FileSystem): Observations {
  const { availableBytes, capacityBytes, inodes, inodesFree } = disk
  return {
    [`${name}.available`]: { available: availableBytes, capacity: capacityBytes },
    // Some file systems have no fixed number of them.
    ...(inodes > 0 && { [`${name}.inodesFree`]: { available: inodesFree, capacity: inodes } }),
  }
}
