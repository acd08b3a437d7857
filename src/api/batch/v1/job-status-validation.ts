import { duplicate, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { eachAt, NONE, nonNegative } from '../../validation/rules.ts'
import {
  hasJobCondition,
  isIndexed,
  isJobFinished,
  type JobConditionType,
} from './job-conditions.ts'
import { IndexesError, overlapOf, parseIndexes } from './job-indexes.ts'
import type { Job, JobStatus } from './job.ts'

/**
 * Checks an update of a Job's status, which other controllers than ours may write (KEP-4368): an ended Job stays ended,
 * and its counters fit. Where a rule is broken already, what does not touch on it still goes through.
 */
export function validateJobStatusUpdate(job: Job, old: Job): FieldError[] {
  return [
    ...validateCounters(job.status),
    ...validateEnd(job, old),
    ...validateCompletionTime(job, old),
    ...validateIndexes(job, old),
    ...validateSuccess(job, old),
    ...validateProgress(job, old),
  ]
}

function validateCounters({ uncountedTerminatedPods: uncounted, ...status }: JobStatus) {
  const seen = new Set<string>()
  return [
    ...COUNTERS.flatMap((field) => nonNegative(status[field], `status.${field}`)),
    ...(['succeeded', 'failed'] as const).flatMap((field) =>
      eachAt(uncounted?.[field], `status.uncountedTerminatedPods.${field}`, (uid, at) => {
        const isTwice = seen.has(uid)
        seen.add(uid)
        if (!uid) return [invalid(at, uid, 'must not be empty')]
        return isTwice ? [duplicate(at, uid)] : NONE
      }),
    ),
  ]
}

const COUNTERS = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const

function validateEnd(job: Job, old: Job): FieldError[] {
  const { status } = job
  const isFinished = isJobFinished(job)
  const hasNewEnd = isFinished !== isJobFinished(old)
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const errors: FieldError[] = []
  const refuseFinished = (
    field: keyof JobStatus & string,
    isWrong: boolean,
    text: string,
  ): void => {
    if (isFinished && isWrong && (hasNewEnd || isChanged(job, old, field)))
      errors.push(invalid(`status.${field}`, status[field], text))
  }
  refuseFinished('active', (status.active ?? 0) > 0, 'active>0 is invalid for finished job')
  if (isFinished && !status.startTime && (hasNewEnd || isChanged(job, old, 'startTime')))
    errors.push(required('status.startTime', 'startTime is required for finished job'))
  refuseFinished(
    'uncountedTerminatedPods',
    succeeded.length + failed.length > 0,
    'uncountedTerminatedPods needs to be empty for finished job',
  )
  refuseFinished(
    'terminating',
    (status.terminating ?? 0) > 0,
    'terminating>0 is invalid for finished job',
  )
  return [...errors, ...validateConditions(job, old)]
}

/** Conditions that exclude each other, or go before each other, and what is said of it. */
function validateConditions(job: Job, old: Job): FieldError[] {
  const has = (type: JobConditionType): boolean => hasJobCondition(job, type)
  const isNew = (type: JobConditionType): boolean => has(type) !== hasJobCondition(old, type)
  const errors: FieldError[] = []
  const refuse = (isWrong: boolean, text: string): void => {
    if (isWrong) errors.push(invalid('status.conditions', undefined, text))
  }
  refuse(
    has('Complete') && has('Failed') && (isNew('Complete') || isNew('Failed')),
    'cannot set Complete=True and Failed=true conditions',
  )
  refuse(
    has('Complete') && has('FailureTarget') && (isNew('Complete') || isNew('FailureTarget')),
    'cannot set Complete=True and FailureTarget=true conditions',
  )
  refuse(
    has('Failed') && !has('FailureTarget') && (isNew('Failed') || isNew('FailureTarget')),
    'cannot set Failed=True condition without the FailureTarget=true condition',
  )
  refuse(
    has('Complete') &&
      !has('SuccessCriteriaMet') &&
      (isNew('Complete') || isNew('SuccessCriteriaMet')),
    'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  )
  return errors
}

function validateCompletionTime(job: Job, old: Job): FieldError[] {
  const { startTime, completionTime } = job.status
  const path = 'status.completionTime'
  const isComplete = hasJobCondition(job, 'Complete')
  const hasNewTime = isChanged(job, old, 'completionTime')
  const isNew = hasNewTime || isComplete !== hasJobCondition(old, 'Complete')
  const errors: FieldError[] = []
  if (isNew && completionTime && !isComplete) {
    const text = 'cannot set completionTime when there is no Complete=True condition'
    errors.push(invalid(path, completionTime, text))
  }
  if (isNew && !completionTime && isComplete)
    errors.push(required(path, 'completionTime is required for Complete jobs'))
  const isBefore = startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime)
  if (isBefore && (hasNewTime || isChanged(job, old, 'startTime')))
    errors.push(invalid(path, completionTime, 'completionTime cannot be set before startTime'))
  if (completionTime && old.status.completionTime && hasNewTime)
    errors.push(invalid(path, completionTime, 'completionTime cannot be mutated'))
  return errors
}

function validateIndexes(job: Job, old: Job): FieldError[] {
  const { completions, backoffLimitPerIndex: perIndex } = job.spec
  const { completedIndexes = '', failedIndexes } = job.status
  const [atCompleted, atFailed] = ['status.completedIndexes', 'status.failedIndexes']
  const isCompletedNew = isChanged(job, old, 'completedIndexes')
  const isFailedNew = isChanged(job, old, 'failedIndexes')
  const errors: FieldError[] = []
  if (isCompletedNew && completions !== undefined)
    errors.push(...validateFormat(completedIndexes, completions, 'completedIndexes'))
  if (isFailedNew && completions !== undefined && perIndex !== undefined)
    errors.push(...validateFormat(failedIndexes ?? '', completions, 'failedIndexes'))
  if (isCompletedNew && completedIndexes && !isIndexed(job)) {
    const text = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    errors.push(invalid(atCompleted, completedIndexes, text))
  }
  if (isFailedNew && perIndex === undefined && failedIndexes !== undefined) {
    const text = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
    errors.push(invalid(atFailed, failedIndexes, text))
  }
  if ((isCompletedNew || isFailedNew) && completions !== undefined && failedIndexes) {
    const same = overlapOf(completedIndexes, failedIndexes, completions)
    const text = `failedIndexes and completedIndexes overlap at index: ${same}`
    if (same !== undefined) errors.push(invalid(atFailed, failedIndexes, text))
  }
  return errors
}

function validateFormat(
  indexes: string,
  completions: number,
  field: 'completedIndexes' | 'failedIndexes',
): FieldError[] {
  try {
    parseIndexes(indexes, completions)
    return NONE
  } catch (error) {
    if (!(error instanceof IndexesError)) throw error
    return [invalid(`status.${field}`, indexes, `error parsing ${field}: ${error.message}`)]
  }
}

function validateSuccess(job: Job, old: Job): FieldError[] {
  const { spec, status } = job
  const has = (type: JobConditionType): boolean => hasJobCondition(job, type)
  const isReadyNew = isChanged(job, old, 'ready') || isChanged(job, old, 'active')
  const errors: FieldError[] = []
  const refuse = (isWrong: boolean, text: string): void => {
    if (isWrong) errors.push(invalid('status.conditions', undefined, text))
  }
  if (isReadyNew && (status.ready ?? 0) > (status.active ?? 0))
    errors.push(invalid('status.ready', status.ready, 'cannot set more ready pods than active'))
  refuse(
    has('SuccessCriteriaMet') && has('Failed'),
    'cannot set SuccessCriteriaMet=True and Failed=true conditions',
  )
  refuse(
    has('SuccessCriteriaMet') && has('FailureTarget'),
    'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
  )
  refuse(
    spec.successPolicy !== undefined && !has('SuccessCriteriaMet') && has('Complete'),
    'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
  )
  return errors
}

function validateProgress(job: Job, old: Job): FieldError[] {
  const { spec, status } = job
  const had = (type: JobConditionType): boolean => hasJobCondition(old, type)
  const errors: FieldError[] = []
  for (const type of ['Failed', 'Complete', 'FailureTarget'] as const) {
    const text = `cannot disable the terminal ${type}=True condition`
    if (had(type) && !hasJobCondition(job, type))
      errors.push(invalid('status.conditions', undefined, text))
  }
  // An elastic Job may shrink, and then has fewer indexes that succeeded.
  const isElastic = isIndexed(job) && spec.completions === spec.parallelism
  for (const field of ['failed', 'succeeded'] as const) {
    const isFewer = (status[field] ?? 0) < (old.status[field] ?? 0)
    if (isFewer && (field === 'failed' || !isElastic))
      errors.push(
        invalid(`status.${field}`, status[field] ?? 0, `cannot decrease the ${field} counter`),
      )
  }
  if (old.status.startTime && isChanged(job, old, 'startTime') && !spec.suspend)
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'))
  const isMet = hasJobCondition(job, 'SuccessCriteriaMet')
  if (had('SuccessCriteriaMet') && !isMet) {
    const text = 'cannot disable the SuccessCriteriaMet=True condition'
    errors.push(invalid('status.conditions', undefined, text))
  }
  if (had('Complete') && !had('SuccessCriteriaMet') && isMet) {
    const text = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'
    errors.push(invalid('status.conditions', undefined, text))
  }
  return errors
}

function isChanged(job: Job, old: Job, field: keyof JobStatus): boolean {
  return !equal(job.status[field], old.status[field])
}
