import type { Job } from '../../api/batch/v1/job.ts'
import { isConditionTrue, findCondition } from '../../api/meta/v1/conditions.ts'
import type { MetricSet } from '../../base/metrics.ts'
import { exponentialBuckets } from '../../controller-runtime/index.ts'
import { isIndexed } from './job-tally.ts'

/** What a pass did with the Pods of a Job. */
export type SyncAction = 'reconciling' | 'tracking' | 'pods_created' | 'pods_deleted'

export interface JobMetrics {
  /** A pass has ended, `ms` milliseconds after it began. */
  synced(job: Job, result: 'success' | 'error', action: SyncAction, ms: number): void
  /** Counts the Pods, and perhaps the Job, that have come to their end from one status to the next. */
  ended(before: Job, after: Job): void
}

export function jobMetrics(set: MetricSet): JobMetrics {
  const labels = ['completion_mode', 'result', 'action']
  const syncs = set.counter({
    name: 'job_controller_job_syncs_total',
    help: 'The number of job syncs',
    labels,
  })
  const seconds = set.histogram({
    name: 'job_controller_job_sync_duration_seconds',
    help: 'The time it took to sync a job',
    labels,
    buckets: exponentialBuckets(0.004, 2, 15),
  })
  const finished = set.counter({
    name: 'job_controller_jobs_finished_total',
    help: 'The number of finished jobs',
    labels: ['completion_mode', 'result', 'reason'],
  })
  const podsFinished = set.counter({
    name: 'job_controller_job_pods_finished_total',
    help: 'The number of finished Pods that are fully tracked',
    labels: ['completion_mode', 'result'],
  })
  return {
    synced(job, result, action, ms) {
      syncs.with(modeOf(job), result, action).inc()
      seconds.with(modeOf(job), result, action).observe(ms / 1000)
    },
    ended(before, after) {
      const mode = modeOf(after)
      for (const result of ['succeeded', 'failed'] as const) {
        const more = (after.status[result] ?? 0) - (before.status[result] ?? 0)
        if (more > 0) podsFinished.with(mode, result).inc(more)
      }
      for (const [type, result] of ENDS) {
        const { conditions } = after.status
        if (!isConditionTrue(conditions, type) || isConditionTrue(before.status.conditions, type))
          continue
        finished.with(mode, result, findCondition(conditions, type)?.reason ?? '').inc()
      }
    },
  }
}

const ENDS = [
  ['Complete', 'succeeded'],
  ['Failed', 'failed'],
] as const

function modeOf(job: Job): string {
  return isIndexed(job) ? 'Indexed' : 'NonIndexed'
}
