import type { Job } from '../../api/batch/v1/job.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { byExpendability } from '../common/expendability.ts'
import { freeIndexes, indexOf } from './indexes.ts'
import { isIndexed, replacesOnlyFailed, type Tally } from './job-tally.ts'

const BURST = 500 // Creates or deletes in one pass; the next pass does the rest.

export interface JobPlan {
  readonly remove: readonly Pod[]
  readonly create: number
  /** The indexes to create Pods for, of an Indexed Job. */
  readonly indexes: readonly number[]
  /** How long until Pods that have failed are to be replaced, in milliseconds; undefined where none waits. */
  readonly waitMs: number | undefined
}

export interface PlanTimes {
  readonly nowMs: number
  /** How long failed Pods are not to be replaced, whatever their index. */
  readonly waitMs: number
  /** The same for those of an index. */
  readonly indexWaitMs: (index: number) => number
}

const NOTHING: JobPlan = { remove: [], create: 0, indexes: [], waitMs: undefined }

/** Which Pods to create or delete while the Job goes on. */
export function planJob(job: Job, tally: Tally, times: PlanTimes): JobPlan {
  const { active } = tally
  if (job.metadata.deletionTimestamp !== undefined) return NOTHING
  const wanted = job.spec.suspend ? 0 : wantedActive(job, tally)
  const remove = planRemoval(job, tally, Math.max(0, active.length - wanted), times.nowMs)
  if (remove.length > 0) return { ...NOTHING, remove }
  // With a limit for each index, each waits by itself.
  const isPerIndex = job.spec.backoffLimitPerIndex !== undefined
  if (!isPerIndex && times.waitMs > 0) return { ...NOTHING, waitMs: times.waitMs }

  const stopping = replacesOnlyFailed(job) ? tally.terminating : 0
  const missing = Math.min(Math.max(0, wanted - stopping - active.length), BURST)
  if (!isIndexed(job)) return { ...NOTHING, create: missing }
  const taken = new Set(active.flatMap((pod) => indexOf(pod) ?? []))
    .union(tally.succeededIndexes)
    .union(tally.failedIndexes)
  const free = freeIndexes(taken, job.spec.completions ?? 0, missing)
  const waits = free.map((index) => (isPerIndex ? times.indexWaitMs(index) : 0))
  const indexes = free.filter((_, i) => waits[i] === 0)
  const waiting = waits.filter((ms) => ms > 0)
  return {
    remove: [],
    create: indexes.length,
    indexes,
    waitMs: waiting.length > 0 ? Math.min(...waiting) : undefined,
  }
}

function wantedActive({ spec }: Job, { active, succeeded, failedIndexes }: Tally): number {
  const { completions, parallelism = 1 } = spec
  // Once one Pod of a work queue has succeeded, no new ones start.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism
  return Math.min(parallelism, Math.max(0, completions - succeeded - failedIndexes.size))
}

function planRemoval(job: Job, { active }: Tally, surplus: number, nowMs: number): readonly Pod[] {
  const order = byExpendability(nowMs)
  const ordered = active
    .map((pod) => ({ pod, rank: 0 }))
    .toSorted(order)
    .map(({ pod }) => pod)
  const wrong = isIndexed(job) ? wrongIndexes(job, ordered) : []
  const others = ordered.filter((pod) => !wrong.includes(pod))
  return [...wrong, ...others.slice(0, Math.max(0, surplus - wrong.length))].slice(0, BURST)
}

/** Pods without an index, beyond the last one, or whose index another one has too. */
function wrongIndexes(job: Job, ordered: readonly Pod[]): readonly Pod[] {
  const seen = new Set<number>()
  // The least expendable of those that share an index stays.
  return ordered.toReversed().filter((pod) => {
    const index = indexOf(pod)
    if (index === undefined || index >= (job.spec.completions ?? 0) || seen.has(index)) return true
    seen.add(index)
    return false
  })
}
