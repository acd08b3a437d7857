import type { Job } from '../../api/batch/v1/job.ts'
import { findCondition, putCondition } from '../../api/meta/v1/conditions.ts'
import { formatIndexes } from './indexes.ts'
import type { Outcome } from './job-outcome.ts'
import { isIndexed, isTracked, uidsOf, type Tally } from './job-tally.ts'

export type JobStatus = Job['status']

/** The status with the Pods that have ended since noted in it. */
export function notedStatus(
  job: Job,
  tally: Tally,
  outcome: Outcome | undefined,
  now: string,
): JobStatus {
  const { status, spec } = job
  const { uncountedTerminatedPods: before = {} } = status
  // When a Job fails, the Pods that it stops have failed too.
  const stopped = outcome?.type === 'FailureTarget' ? tally.active.filter(isTracked) : []
  const succeeded = [
    ...(before.succeeded ?? []),
    ...(isIndexed(job) ? [] : uidsOf(tally.newSucceeded)),
  ]
  const failed = [...(before.failed ?? []), ...uidsOf(tally.newFailed), ...uidsOf(stopped)]
  const active = outcome ? 0 : tally.active.length
  const isStarting = status.startTime === undefined && !spec.suspend
  const { active: _, uncountedTerminatedPods: __, startTime, ...rest } = status
  return {
    ...rest,
    ...(startTime !== undefined && !spec.suspend && { startTime }),
    ...(isStarting && { startTime: now }),
    ...(active > 0 && { active }),
    ready: outcome ? 0 : tally.ready,
    terminating: tally.terminating,
    uncountedTerminatedPods: {
      ...(succeeded.length > 0 && { succeeded }),
      ...(failed.length > 0 && { failed: [...new Set(failed)] }),
    },
    ...indexStatus(job, tally),
    ...conditionStatus(job, outcome, now),
  }
}

function indexStatus(job: Job, { succeededIndexes, failedIndexes }: Tally): Partial<JobStatus> {
  if (!isIndexed(job)) return {}
  const { backoffLimitPerIndex } = job.spec
  return {
    ...(succeededIndexes.size > 0 && {
      completedIndexes: formatIndexes(succeededIndexes),
      succeeded: succeededIndexes.size,
    }),
    ...(backoffLimitPerIndex !== undefined && { failedIndexes: formatIndexes(failedIndexes) }),
  }
}

function conditionStatus(job: Job, outcome: Outcome | undefined, now: string): Partial<JobStatus> {
  const { conditions } = job.status
  if (outcome) return { conditions: putCondition(conditions, jobCondition(outcome, now)) }
  const suspended = findCondition(conditions, 'Suspended')
  if (job.spec.suspend) {
    const told = { type: 'Suspended', reason: 'JobSuspended', message: 'Job suspended' }
    return { conditions: putCondition(conditions, jobCondition(told, now)) }
  }
  if (suspended?.status !== 'True') return {}
  const told = { type: 'Suspended', reason: 'JobResumed', message: 'Job resumed' }
  return { conditions: putCondition(conditions, jobCondition(told, now, 'False')), startTime: now }
}

function jobCondition(
  { type, reason, message }: { type: string; reason: string; message: string },
  now: string,
  status = 'True',
) {
  return { type, status, reason, message, lastProbeTime: now, lastTransitionTime: now }
}

/** The status with those noted Pods counted that nothing holds any more. */
export function countedStatus({ status, spec }: Job, held: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const [leftSucceeded, leftFailed] = [succeeded, failed].map((list) =>
    list.filter((uid) => held.has(uid)),
  )
  const countSucceeded = (status.succeeded ?? 0) + succeeded.length - leftSucceeded!.length
  const countFailed = (status.failed ?? 0) + failed.length - leftFailed!.length
  const isIndexedJob = spec.completionMode === 'Indexed'
  const { succeeded: _, failed: __, ...rest } = status
  const total = isIndexedJob ? (status.succeeded ?? 0) : countSucceeded
  return {
    ...rest,
    ...(total > 0 && { succeeded: total }),
    ...(countFailed > 0 && { failed: countFailed }),
    uncountedTerminatedPods: {
      ...(leftSucceeded!.length > 0 && { succeeded: leftSucceeded! }),
      ...(leftFailed!.length > 0 && { failed: leftFailed! }),
    },
  }
}

/** The status with the outcome made final, once every Pod has ended and is counted. */
export function finalStatus(
  job: Job,
  status: JobStatus,
  tally: Tally,
  outcome: Outcome | undefined,
  now: string,
): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const isSettled = succeeded.length === 0 && failed.length === 0
  // Pods that were told to stop just now are terminating from here on.
  if (!outcome || !isSettled || tally.terminating > 0 || tally.active.length > 0) return status
  const type = outcome.type === 'SuccessCriteriaMet' ? 'Complete' : 'Failed'
  const { reason, message } = outcome
  return {
    ...status,
    conditions: putCondition(status.conditions, jobCondition({ type, reason, message }, now)),
    ...(type === 'Complete' && { completionTime: now }),
  }
}
