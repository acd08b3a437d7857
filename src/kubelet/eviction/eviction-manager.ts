import type { Pod } from '../../api/core/v1/pod.ts'
import { podLimits } from '../../api/core/v1/pod-resources.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { formatQuantity, parseQuantity, quantityValue } from '../../schema/quantity.ts'
import type { Ending, PodFailure } from '../pod-workers/plan-types.ts'
import type { PodStats, Summary } from '../stats/summary.ts'
import { diskUse, isFreedByImages, type DiskLayout } from './disk-layout.ts'
import { evictionMessage } from './eviction-message.ts'
import { NO_EVICTION, planEviction } from './plan-eviction.ts'
import { rankPods, type PodUse } from './rank-pods.ts'
import { SIGNALS, type Observations, type Pressure, type Signal } from './signals.ts'
import { isMet, type Threshold } from './thresholds.ts'

const LOOK_MS = 10_000 // As upstream's monitoring interval.
const FREED_MS_MAX = 30_000 // How long to wait for what an evicted Pod gives back.

type UsedByPods = Pick<Summary, 'pods'>

/** What a look at the machine tells. */
export interface Observed {
  readonly observations: Observations
  readonly layout: DiskLayout
}

export interface EvictionOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly thresholds: readonly Threshold[]
  /** How long a pressure is told after it was seen last. */
  readonly transitionMs: number
  /** How long Pods have that go for a soft threshold. */
  readonly softGraceSeconds: number
  observe(): Promise<Observed>
  /** What Pods use, disks included. */
  summary(): Promise<UsedByPods>
  /** The Pods of the node that have not ended. */
  pods(): readonly Pod[]
  /** Ends a Pod for good; undefined where it is leaving anyhow, or has ended. */
  fail(pod: Pod, failure: PodFailure): Ending | undefined
  /** Makes room on the disk without a Pod having to go. */
  freeDisk(): Promise<void>
  /** Told when what the Node tells has changed. */
  changed(): void
  /** Tells of the Node. */
  warn(reason: string, message: string): void
  evicted?(signal: string): void
}

/** Keeps the node alive when something runs out: tells of it, and evicts Pods. */
export interface EvictionManager {
  /** What the Node tells now. */
  pressures(): readonly Pressure[]
  /** Looks every ten seconds until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export function evictionManager(options: EvictionOptions): EvictionManager {
  const { clock, logger, thresholds, transitionMs } = options
  let state = NO_EVICTION
  let pressures: readonly Pressure[] = []

  /** Answers with what is to stop of the Pods that it evicts. */
  const look = async (): Promise<readonly Promise<void>[]> => {
    const view = { thresholds, transitionMs, nowMs: clock.now() }
    const seen = await options.observe()
    const plan = planEviction({ ...view, observations: seen.observations }, state)
    state = plan.state
    if (String(plan.pressures) !== String(pressures)) {
      pressures = plan.pressures
      options.changed()
    }
    let asked: Promise<UsedByPods> | undefined
    const summary = (): Promise<UsedByPods> => (asked ??= options.summary())
    const overLimits = await evictOverLimits(summary)
    if (overLimits.length > 0 || !plan.reclaim) return overLimits
    return makeRoom(plan.reclaim, seen, summary)
  }
  const makeRoom = async (
    threshold: Threshold,
    before: Observed,
    summary: () => Promise<UsedByPods>,
  ): Promise<readonly Promise<void>[]> => {
    const { signal } = threshold
    const { resource, pressure } = SIGNALS[signal]
    options.warn('EvictionThresholdMet', `Attempting to reclaim ${resource}`)
    let { observations } = before
    if (pressure === 'DiskPressure' && isFreedByImages(before.layout, signal)) {
      await options.freeDisk()
      observations = (await options.observe()).observations
      if (!isMet(threshold, observations, true)) return []
    }
    const { pods } = await summary()
    const uses = usesOf(options.pods(), pods, before.layout, signal)
    for (const { pod } of rankPods(uses, resource)) {
      const stats = pods.find(({ podRef }) => podRef.uid === pod.metadata.uid)
      const message = evictionMessage(threshold, observations, pod, stats)
      const graceSeconds = threshold.isHard ? 1 : options.softGraceSeconds
      const stopped = evict(pod, message, graceSeconds, signal)
      if (stopped) return [stopped]
    }
    logger.error('Cannot evict any Pod', { threshold: signal })
    return []
  }
  /** Undefined where the Pod goes for something else already. */
  const evict = (
    pod: Pod,
    message: string,
    graceSeconds: number,
    signal: string,
  ): Promise<void> | undefined => {
    const ending = options.fail(pod, { reason: 'Evicted', message, graceSeconds, disrupts: true })
    if (!ending?.isNew) return undefined
    logger.warn('A Pod is evicted', { pod: pod.metadata.name, message })
    options.evicted?.(signal)
    return ending.stopped
  }
  /** Pods that take more of the disk than they may have. */
  const evictOverLimits = async (
    summary: () => Promise<UsedByPods>,
  ): Promise<readonly Promise<void>[]> => {
    const limited = options.pods().filter(hasDiskLimit)
    if (limited.length === 0) return []
    const { pods } = await summary()
    return limited.flatMap((pod) => {
      const stats = pods.find(({ podRef }) => podRef.uid === pod.metadata.uid)
      const excess = stats && diskExcess(pod, stats)
      return (excess && evict(pod, excess.message, 1, excess.signal)) ?? []
    })
  }
  return {
    pressures: () => pressures,
    async run(signal) {
      while (!signal.aborted) {
        const stopping = await look().catch((error: unknown): readonly Promise<void>[] => {
          logger.warn('Cannot look for what runs out', { error })
          return []
        })
        const enough = new AbortController()
        const limitMs = stopping.length > 0 ? FREED_MS_MAX : LOOK_MS
        const waited = sleep(clock, limitMs, { signal: AbortSignal.any([signal, enough.signal]) })
        const freed = stopping.length > 0 ? [Promise.all(stopping)] : []
        await Promise.race([waited.catch(() => undefined), ...freed])
        enough.abort()
      }
    },
  }
}

function usesOf(
  pods: readonly Pod[],
  stats: readonly PodStats[],
  layout: DiskLayout,
  signal: Signal,
): readonly PodUse[] {
  return pods.map((pod) => {
    const found = stats.find(({ podRef }) => podRef.uid === pod.metadata.uid)
    const disk = found && diskUse(layout, signal, found)
    return {
      pod,
      memoryBytes: found?.memory?.workingSetBytes ?? 0,
      diskBytes: disk?.bytes ?? 0,
      inodes: disk?.inodes ?? 0,
      processes: found?.process_stats?.process_count ?? 0,
    }
  })
}

function hasDiskLimit({ spec }: Pod): boolean {
  return (
    podLimits(spec)['ephemeral-storage'] !== undefined ||
    (spec.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined)
  )
}

/** Why a Pod takes more of the disk than it may have, in upstream's words. */
export function diskExcess(
  { spec }: Pick<Pod, 'spec'>,
  stats: Pick<PodStats, 'containers' | 'volume' | 'ephemeral-storage'>,
): { readonly signal: string; readonly message: string } | undefined {
  for (const { name, emptyDir } of spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit
    const used = stats.volume?.find((each) => each.name === name)?.usedBytes ?? 0
    if (limit !== undefined && quantityValue(limit) > 0 && used > quantityValue(limit)) {
      const message = `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `
      return { signal: 'emptydirfs.limit', message }
    }
  }
  const whole = podLimits(spec)['ephemeral-storage']
  const all = spec.containers.every(({ resources }) => resources.limits?.['ephemeral-storage'])
  if (whole && all && (stats['ephemeral-storage']?.usedBytes ?? 0) > quantityValue(whole)) {
    const text = formatQuantity(parseQuantity(whole)!)
    const message = `Pod ephemeral local storage usage exceeds the total limit of containers ${text}. `
    return { signal: 'ephemeralpodfs.limit', message }
  }
  for (const { name, resources } of spec.containers) {
    const limit = resources.limits?.['ephemeral-storage']
    const found = stats.containers.find((each) => each.name === name)
    const used = (found?.rootfs?.usedBytes ?? 0) + (found?.logs?.usedBytes ?? 0)
    if (limit === undefined || used <= quantityValue(limit)) continue
    const message = `Container ${name} exceeded its local ephemeral storage limit "${limit}". `
    return { signal: 'ephemeralcontainerfs.limit', message }
  }
  return undefined
}
