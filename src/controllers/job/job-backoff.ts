import type { Job } from '../../api/batch/v1/job.ts'
import { podCondition } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { backoffMs, type Backoff } from '../../base/backoff.ts'
import { uidsOf, type Tally } from './job-tally.ts'

const BACKOFF: Backoff = { baseMs: 10_000, maxMs: 600_000 }

/** How the Pods of a Job have ended lately. */
export interface EndRecord {
  /** Failures since the last success. */
  readonly failures: number
  readonly lastFailureMs: number
}

export const NO_FAILURES: EndRecord = { failures: 0, lastFailureMs: 0 }

/** The record after these Pods have ended as well. */
export function recordEnds(
  before: EndRecord,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
): EndRecord {
  const ends = [
    ...succeeded.map((pod) => ({ hasFailed: false, atMs: endMs(pod) })),
    ...failed.map((pod) => ({ hasFailed: true, atMs: endMs(pod) })),
  ].toSorted((a, b) => a.atMs - b.atMs)
  return ends.reduce<EndRecord>(
    (record, { hasFailed, atMs }) =>
      hasFailed
        ? { failures: record.failures + 1, lastFailureMs: Math.max(record.lastFailureMs, atMs) }
        : NO_FAILURES,
    before,
  )
}

/** How long to wait before failed Pods are replaced, in milliseconds. */
export function replacementWaitMs({ failures, lastFailureMs }: EndRecord, nowMs: number): number {
  return failures === 0 ? 0 : waitMsAfter(failures, lastFailureMs, nowMs)
}

/** How much of the wait after so many failures is left, in milliseconds. */
export function waitMsAfter(failures: number, lastFailureMs: number, nowMs: number): number {
  return Math.max(0, lastFailureMs + backoffMs(BACKOFF, failures) - nowMs)
}

/**
 * When a Pod ended: with its last container, where that tells; else when it was last ready, was told to stop, or at worst
 * when it was created.
 */
export function endMs({ metadata, status }: Pod): number {
  const ends = (status.containerStatuses ?? []).flatMap(
    ({ state }) => state.terminated?.finishedAt ?? [],
  )
  if (ends.length > 0) return Math.max(...ends.map((time) => Date.parse(time)))
  const ready = podCondition(status, 'Ready')
  if (ready?.status === 'False' && ready.lastTransitionTime !== undefined)
    return Date.parse(ready.lastTransitionTime)
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = metadata
  if (deletionTimestamp !== undefined)
    return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000
  return Date.parse(creationTimestamp)
}

/** How the Pods of a Job have ended, and which of them are in the record. */
export interface EndHistory {
  /** The Job's uid: another one may have the name by now. */
  readonly uid: string
  readonly record: EndRecord
  /** The Pods that are in the record. */
  readonly seen: ReadonlySet<string>
}

/** The history after what is new. */
export function historyAfter(
  known: EndHistory | undefined,
  { metadata: { uid } }: Job,
  { newSucceeded, newFailed }: Tally,
): EndHistory {
  const { record, seen } = known?.uid === uid ? known : { record: NO_FAILURES, seen: new Set() }
  const fresh = (pods: readonly Pod[]) => pods.filter(({ metadata }) => !seen.has(metadata.uid))
  return {
    uid,
    record: recordEnds(record, fresh(newSucceeded), fresh(newFailed)),
    seen: new Set(uidsOf([...newSucceeded, ...newFailed])),
  }
}
