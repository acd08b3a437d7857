import type { Job } from '../../api/batch/v1/job.ts'
import { isPodActive, isPodReady, isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { judgeFailure } from './failure-policy.ts'
import { failuresBefore, indexOf, parseIndexes } from './indexes.ts'
import { TRACKING_FINALIZER } from './job-pods.ts'

/** What is known of a Job's Pods: those that are there, and those that were counted before. */
export interface Tally {
  readonly active: readonly Pod[]
  readonly ready: number
  /** Pods that are being deleted and have not ended. */
  readonly terminating: number
  /** Pods that have ended, and are not in the Job's status in any way. */
  readonly newSucceeded: readonly Pod[]
  readonly newFailed: readonly Pod[]
  /** All that ever ended. */
  readonly succeeded: number
  readonly failed: number
  /** Of an Indexed Job. */
  readonly succeededIndexes: ReadonlySet<number>
  /** The indexes that have failed for good, with `backoffLimitPerIndex`. */
  readonly failedIndexes: ReadonlySet<number>
}

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === 'Indexed'
}

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(TRACKING_FINALIZER) === true
}

/** Whether only Pods that have really ended are replaced, not those that are still stopping (KEP-3939). */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined
}

/** Whether a Pod counts as a failure. One that is deleted may never get to say how it ended. */
export function hasFailed(job: Job, { metadata, status }: Pod): boolean {
  if (status.phase === 'Failed') return true
  if (replacesOnlyFailed(job)) return false
  return metadata.deletionTimestamp !== undefined && status.phase !== 'Succeeded'
}

export function tallyPods(job: Job, pods: readonly Pod[]): Tally {
  const { spec, status } = job
  const { succeeded: uncountedSucceeded = [], failed: uncountedFailed = [] } =
    status.uncountedTerminatedPods ?? {}
  const known = new Set([...uncountedSucceeded, ...uncountedFailed])
  const fresh = pods.filter((pod) => isTracked(pod) && !known.has(pod.metadata.uid))
  const newSucceeded = fresh.filter(
    (pod) => pod.status.phase === 'Succeeded' && isInRange(job, pod),
  )
  const newFailed = fresh.filter(
    (pod) =>
      hasFailed(job, pod) &&
      isInRange(job, pod) &&
      judgeFailure(spec.podFailurePolicy, pod).action !== 'Ignore',
  )
  const active = pods.filter(isPodActive)
  const succeededIndexes = indexesSucceeded(job, newSucceeded)
  return {
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(
      (pod) => pod.metadata.deletionTimestamp !== undefined && !isPodTerminal(pod),
    ).length,
    newSucceeded,
    newFailed,
    succeeded: isIndexed(job)
      ? succeededIndexes.size
      : (status.succeeded ?? 0) + uncountedSucceeded.length + newSucceeded.length,
    failed: (status.failed ?? 0) + uncountedFailed.length + newFailed.length,
    succeededIndexes,
    failedIndexes: indexesFailed(job, pods),
  }
}

/** Whether a Pod is one of those that the Job asks for; each is where the Job is not Indexed. */
export function isInRange(job: Job, pod: Pod): boolean {
  if (!isIndexed(job)) return true
  const index = indexOf(pod)
  return index !== undefined && index < (job.spec.completions ?? 0)
}

function indexesSucceeded(job: Job, newSucceeded: readonly Pod[]): ReadonlySet<number> {
  if (!isIndexed(job)) return new Set()
  const before = parseIndexes(job.status.completedIndexes, job.spec.completions ?? 0)
  return before.union(new Set(newSucceeded.flatMap((pod) => indexOf(pod) ?? [])))
}

function indexesFailed(job: Job, pods: readonly Pod[]): ReadonlySet<number> {
  const { backoffLimitPerIndex, completions = 0, podFailurePolicy } = job.spec
  if (backoffLimitPerIndex === undefined) return new Set()
  const failed = parseIndexes(job.status.failedIndexes, completions)
  for (const pod of pods) {
    const index = indexOf(pod)
    if (index === undefined || !isTracked(pod) || !hasFailed(job, pod)) continue
    const { action } = judgeFailure(podFailurePolicy, pod)
    const isExhausted = action !== 'Ignore' && failuresBefore(pod) >= backoffLimitPerIndex
    if (action === 'FailIndex' || isExhausted) failed.add(index)
  }
  return failed
}

export function uidsOf(pods: readonly Pod[]): readonly string[] {
  return pods.map(({ metadata }) => metadata.uid)
}
