import { Job } from '../../api/batch/v1/job.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isConditionTrue, findCondition } from '../../api/meta/v1/conditions.ts'
import { exponentialBuckets, type MetricSet } from '../../base/metrics.ts'
import type { ControllerContext } from '../../controller-runtime/index.ts'
import { judgeFailure } from './failure-policy.ts'
import { parseIndexes } from './indexes.ts'
import { isExternal } from './job-outcome.ts'
import { isIndexed, isTracked, type Tally } from './job-tally.ts'

/** What a pass did with the Pods of a Job. */
export type SyncAction = 'reconciling' | 'tracking' | 'pods_created' | 'pods_deleted'

export interface JobMetrics {
  /** A pass has ended, `ms` milliseconds after it began. */
  synced(job: Job, result: 'success' | 'error', action: SyncAction, ms: number): void
  /** Counts the Pods, and perhaps the Job, that have come to their end from one status to the next. */
  ended(before: Job, after: Job): void
  /** A Pod was created, or was refused, while the Job's Pods stood as in `tally`. */
  created(job: Job, tally: Tally, status: 'succeeded' | 'failed'): void
  /** Counts what the failure policy says of Pods that have failed. */
  judged(job: Job, failed: readonly Pod[]): void
  /** Somebody else than this controller is to run a Job. */
  external(controllerName: string): void
  /** Counts a Pod that comes to wait for being counted, having ended, or does so no more; undefined where it is not there. */
  awaited(before: Pod | undefined, after: Pod | undefined): void
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
  const indexesFinished = set.counter({
    name: 'job_controller_job_finished_indexes_total',
    help: 'The number of finished indexes. Possible values for the status label are: "succeeded", "failed". Possible values for the backoffLimit label are: "perIndex" and "global"',
    labels: ['status', 'backoffLimit'],
  })
  const podsCreated = set.counter({
    name: 'job_controller_job_pods_creation_total',
    help: 'The number of Pods created by the Job controller labelled with a reason for the Pod creation. This metric also distinguishes between Pods created using different PodReplacementPolicy settings. Possible values of the "reason" label are: "new", "recreate_terminating_or_failed", "recreate_failed". Possible values of the "status" label are: "succeeded", "failed".',
    labels: ['reason', 'status'],
  })
  const failuresJudged = set.counter({
    name: 'job_controller_pod_failures_handled_by_failure_policy_total',
    help: 'The number of failed Pods handled by failure policy with respect to the failure policy action applied based on the matched rule. Possible values of the action label correspond to the possible values for the failure policy rule action, which are: "FailJob", "Ignore" and "Count".',
    labels: ['action'],
  })
  const podsAwaited = set.counter({
    name: 'job_controller_terminated_pods_tracking_finalizer_total',
    help: 'The number of terminated pods (phase=Failed|Succeeded) that have the finalizer batch.kubernetes.io/job-tracking. The event label can be "add" or "delete".',
    labels: ['event'],
  })
  const externalJobs = set.counter({
    name: 'job_controller_jobs_by_external_controller_total',
    help: 'The number of Jobs managed by an external controller',
    labels: ['controller_name'],
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
      for (const [list, status] of INDEX_LISTS) {
        if (after.status[list] === before.status[list]) continue
        const more = indexesIn(after, list).difference(indexesIn(before, list))
        if (more.size > 0) indexesFinished.with(status, limitOf(after)).inc(more.size)
      }
      for (const [type, result] of ENDS) {
        const { conditions } = after.status
        if (!isConditionTrue(conditions, type) || isConditionTrue(before.status.conditions, type))
          continue
        finished.with(mode, result, findCondition(conditions, type)?.reason ?? '').inc()
      }
    },
    created(job, tally, status) {
      podsCreated.with(creationReason(job, tally), status).inc()
    },
    judged({ spec }, failed) {
      for (const pod of failed) {
        const { action } = judgeFailure(spec.podFailurePolicy, pod)
        if (action) failuresJudged.with(action).inc()
      }
    },
    external(controllerName) {
      externalJobs.with(controllerName).inc()
    },
    awaited(before, after) {
      const [was, is] = [isAwaited(before), isAwaited(after)]
      if (was !== is) podsAwaited.with(is ? 'add' : 'delete').inc()
    },
  }
}

/** Counts what comes and goes in the caches, until disposed. */
export function countChanges({ informers, metrics }: ControllerContext): Disposable {
  const counts = metrics.own(jobMetrics)
  const stack = new DisposableStack()
  stack.use(
    informers.informer(Job).subscribe({
      add: (job) => {
        if (isExternal(job)) counts.external(job.spec.managedBy!)
      },
    }),
  )
  stack.use(
    informers.informer(Pod).subscribe({
      add: (pod) => counts.awaited(undefined, pod),
      update: (pod, before) => counts.awaited(before, pod),
      delete: (pod) => counts.awaited(pod, undefined),
    }),
  )
  return stack
}

function isAwaited(pod: Pod | undefined): boolean {
  return pod !== undefined && isPodTerminal(pod) && isTracked(pod)
}

function creationReason({ spec }: Job, { failed, terminating }: Tally): string {
  if (spec.podReplacementPolicy === 'Failed' && failed > 0) return 'recreate_failed'
  return failed > 0 || terminating > 0 ? 'recreate_terminating_or_failed' : 'new'
}

function limitOf({ spec }: Job): string {
  return spec.backoffLimitPerIndex === undefined ? 'global' : 'perIndex'
}

function indexesIn({ spec, status }: Job, list: IndexList): ReadonlySet<number> {
  return parseIndexes(status[list], spec.completions ?? 0)
}

type IndexList = (typeof INDEX_LISTS)[number][0]

const INDEX_LISTS = [
  ['completedIndexes', 'succeeded'],
  ['failedIndexes', 'failed'],
] as const

const ENDS = [
  ['Complete', 'succeeded'],
  ['Failed', 'failed'],
] as const

function modeOf(job: Job): string {
  return isIndexed(job) ? 'Indexed' : 'NonIndexed'
}
