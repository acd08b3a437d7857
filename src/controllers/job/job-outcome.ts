import type { Job } from '../../api/batch/v1/job.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { findCondition, isConditionTrue } from '../../api/meta/v1/conditions.ts'
import { judgeFailure } from './failure-policy.ts'
import { hasFailed, isIndexed, isTracked, type Tally } from './job-tally.ts'
import { metSuccessRule } from './success-policy.ts'

/** How a Job ends. It is told at once, and becomes final when all its Pods have ended (KEP-3939, KEP-4368). */
export interface Outcome {
  readonly type: 'SuccessCriteriaMet' | 'FailureTarget'
  readonly reason: string
  readonly message: string
}

const NO_LIMIT = 2 ** 31 - 1

const OWN_NAME = 'kubernetes.io/job-controller'

/** Whether somebody else runs the Job (KEP-4368). */
export function isExternal({ spec }: Job): boolean {
  return spec.managedBy !== undefined && spec.managedBy !== OWN_NAME
}

export function isFinished({ status }: Job): boolean {
  return ['Complete', 'Failed'].some((type) => isConditionTrue(status.conditions, type))
}

/** The outcome that a Job has come to; undefined while it goes on. */
export function outcomeOf(
  job: Job,
  pods: readonly Pod[],
  tally: Tally,
  nowMs: number,
): Outcome | undefined {
  return (
    toldOutcome(job) ??
    policyFailure(job, pods) ??
    limitFailure(job, pods, tally, nowMs) ??
    indexOutcome(job, tally) ??
    completion(job, tally)
  )
}

function toldOutcome({ status }: Job): Outcome | undefined {
  for (const type of ['FailureTarget', 'SuccessCriteriaMet'] as const) {
    const told = findCondition(status.conditions, type)
    if (told?.status === 'True') {
      return { type, reason: told.reason ?? '', message: told.message ?? '' }
    }
  }
  return undefined
}

function failure(reason: string, message: string): Outcome {
  return { type: 'FailureTarget', reason, message }
}

function policyFailure(job: Job, pods: readonly Pod[]): Outcome | undefined {
  for (const pod of pods) {
    if (!isTracked(pod) || !hasFailed(job, pod)) continue
    const { action, message } = judgeFailure(job.spec.podFailurePolicy, pod)
    if (action === 'FailJob') return failure('PodFailurePolicy', message)
  }
  return undefined
}

function limitFailure(
  job: Job,
  pods: readonly Pod[],
  { failed }: Tally,
  nowMs: number,
): Outcome | undefined {
  const { backoffLimit = 6, backoffLimitPerIndex } = job.spec
  const limit =
    backoffLimitPerIndex === undefined ? backoffLimit : (job.spec.backoffLimit ?? NO_LIMIT)
  if (failed > limit || restartedTooOften(job, pods, limit)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  }
  const leftMs = msUntilDeadline(job, nowMs)
  return leftMs !== undefined && leftMs <= 0
    ? failure('DeadlineExceeded', 'Job was active longer than specified deadline')
    : undefined
}

/** How long the Job may still be active, in milliseconds; undefined where that has no end, or has not begun. */
export function msUntilDeadline({ spec, status }: Job, nowMs: number): number | undefined {
  const { activeDeadlineSeconds, suspend } = spec
  if (activeDeadlineSeconds === undefined || status.startTime === undefined || suspend) {
    return undefined
  }
  return Date.parse(status.startTime) + activeDeadlineSeconds * 1000 - nowMs
}

// Containers that are restarted in place never make their Pod fail.
function restartedTooOften({ spec }: Job, pods: readonly Pod[], limit: number): boolean {
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false
  const restarts = pods
    .filter(({ status }) => status.phase === 'Running' || status.phase === 'Pending')
    .flatMap(({ status }) => [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
    ])
    .reduce((sum, { restartCount }) => sum + restartCount, 0)
  return limit === 0 ? restarts > 0 : restarts >= limit
}

function indexOutcome(job: Job, tally: Tally): Outcome | undefined {
  if (!isIndexed(job)) return undefined
  const { completions = 0, maxFailedIndexes, successPolicy } = job.spec
  const { succeededIndexes, failedIndexes } = tally
  if (maxFailedIndexes !== undefined && failedIndexes.size > maxFailedIndexes) {
    return failure(
      'MaxFailedIndexesExceeded',
      'Job has exceeded the specified maximal number of failed indexes',
    )
  }
  if (failedIndexes.size > 0 && failedIndexes.size + succeededIndexes.size >= completions) {
    return failure('FailedIndexes', 'Job has failed indexes')
  }
  const rule = metSuccessRule(successPolicy, succeededIndexes, completions)
  if (rule === undefined) return undefined
  const message = `Matched rules at index ${rule}`
  return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message }
}

function completion({ spec }: Job, { succeeded, active }: Tally): Outcome | undefined {
  // Without a number, the first success means that the work is done: the other Pods see that and end.
  const isDone =
    spec.completions === undefined
      ? succeeded > 0 && active.length === 0
      : succeeded >= spec.completions && active.length === 0
  if (!isDone) return undefined
  const message = 'Reached expected number of succeeded pods'
  return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message }
}
