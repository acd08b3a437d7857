import { isConditionTrue } from '../../meta/v1/conditions.ts'
import type { Job } from './job.ts'

export type JobConditionType =
  | 'Complete'
  | 'Failed'
  | 'FailureTarget'
  | 'SuccessCriteriaMet'
  | 'Suspended'

/** Whether a condition of a Job holds. */
export function hasJobCondition({ status }: Job, type: JobConditionType): boolean {
  return isConditionTrue(status.conditions, type)
}

/** Whether a Job has come to its end, well or not. */
export function isJobFinished(job: Job): boolean {
  return hasJobCondition(job, 'Complete') || hasJobCondition(job, 'Failed')
}

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === 'Indexed'
}
