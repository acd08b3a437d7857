import type { Job } from '../../api/batch/v1/job.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { judgeFailure } from './failure-policy.ts'
import { failuresBefore, ignoredFailuresBefore, indexOf } from './indexes.ts'
import { endMs, waitMsAfter } from './job-backoff.ts'
import { hasFailed, isTracked, type Tally } from './job-tally.ts'

/** How often Pods of an index have failed, as its next Pod is to know. */
export interface IndexFailures {
  readonly counted: number
  /** Those that the failure policy ignores. */
  readonly ignored: number
}

/**
 * With `backoffLimitPerIndex`, the Pod of each index that failed last and waits to be replaced. It knows how often its
 * index has failed, so it is kept until another Pod knows that (KEP-3850).
 */
export function unreplacedFailures(
  job: Job,
  pods: readonly Pod[],
  { active, succeededIndexes, failedIndexes }: Tally,
): ReadonlyMap<number, Pod> {
  const last = new Map<number, Pod>()
  if (job.spec.backoffLimitPerIndex === undefined) return last
  const { succeeded = [], failed = [] } = job.status.uncountedTerminatedPods ?? {}
  const counted = new Set([...succeeded, ...failed])
  const settled = new Set(active.flatMap((pod) => indexOf(pod) ?? []))
    .union(succeededIndexes)
    .union(failedIndexes)
  for (const pod of pods) {
    const index = indexOf(pod)
    if (index === undefined || settled.has(index)) continue
    if (!isTracked(pod) || counted.has(pod.metadata.uid) || !hasFailed(job, pod)) continue
    const before = last.get(index)
    if (!before || isLater(pod, before)) last.set(index, pod)
  }
  return last
}

function isLater(pod: Pod, other: Pod): boolean {
  const difference = failuresSoFar(pod) - failuresSoFar(other)
  return difference > 0 || (difference === 0 && endMs(pod) >= endMs(other))
}

function failuresSoFar(pod: Pod): number {
  return failuresBefore(pod) + ignoredFailuresBefore(pod)
}

/** How often an index has failed, by the Pod of it that failed last. */
export function failuresAfter({ spec }: Job, last: Pod | undefined): IndexFailures {
  if (!last) return { counted: 0, ignored: 0 }
  const isIgnored = judgeFailure(spec.podFailurePolicy, last).action === 'Ignore'
  return {
    counted: failuresBefore(last) + (isIgnored ? 0 : 1),
    ignored: ignoredFailuresBefore(last) + (isIgnored ? 1 : 0),
  }
}

/** How long to wait before the Pod of an index is replaced, in milliseconds. */
export function indexWaitMs(last: Pod | undefined, nowMs: number): number {
  return last ? waitMsAfter(failuresSoFar(last) + 1, endMs(last), nowMs) : 0
}
