import { Job } from '../../api/batch/v1/job.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { exponentialBuckets, type Histogram, type MetricSet } from '../../base/metrics.ts'
import { controller, done, requeueAfter, type Controller } from '../../controller-runtime/index.ts'

/** Deletes Jobs that have ended, once they have been kept for as long as they ask for (KEP-592). */
export const ttlAfterFinishedController: Controller = controller('ttl-after-finished-controller', {
  queueName: 'ttl_jobs_to_delete',
  for: Job,

  async reconcile(job, { client, clock, metrics }) {
    const endedMs = endMs(job)
    const { ttlSecondsAfterFinished } = job.spec
    if (endedMs === undefined || ttlSecondsAfterFinished === undefined) return done
    if (job.metadata.deletionTimestamp !== undefined) return done
    const leftMs = endedMs + ttlSecondsAfterFinished * 1000 - clock.now()
    if (leftMs > 0) return requeueAfter(leftMs)
    const { uid, resourceVersion } = job.metadata
    try {
      // Only in the state that was judged: somebody may just have asked for more time.
      const preconditions = { uid, resourceVersion }
      await client.delete(Job, job.metadata, { propagationPolicy: 'Foreground', preconditions })
      metrics.own(deletionSeconds).observe((clock.now() - endedMs) / 1000 - ttlSecondsAfterFinished)
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
    return done
  },
})

function endMs({ status }: Job): number | undefined {
  const end = status.conditions?.find(
    ({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True',
  )
  return end?.lastTransitionTime === undefined ? undefined : Date.parse(end.lastTransitionTime)
}

const deletionSeconds = (set: MetricSet): Histogram =>
  set
    .histogram({
      name: 'ttl_after_finished_controller_job_deletion_duration_seconds',
      help: 'The time it took to delete the job since it became eligible for deletion',
      buckets: exponentialBuckets(0.1, 2, 14),
    })
    .with()
