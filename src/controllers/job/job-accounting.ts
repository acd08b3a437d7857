import { Job } from '../../api/batch/v1/job.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isInvalid, isNotFound } from '../../apimachinery/status-predicates.ts'
import { timestamp } from '../../base/clock.ts'
import { firstFailure, type Pass } from '../../controller-runtime/index.ts'
import { findCondition, isConditionTrue } from '../../api/meta/v1/conditions.ts'
import { jobMetrics } from './job-metrics.ts'
import type { Outcome } from './job-outcome.ts'
import { TRACKING_FINALIZER } from './job-pods.ts'
import { countedStatus, finalStatus, notedStatus, type JobStatus } from './job-status.ts'
import { hasFailed, isInRange, isTracked, uidsOf, type Tally } from './job-tally.ts'

/**
 * Counts the Pods that have ended, each exactly once: they are noted in the status, then let go by their finalizer, and
 * then counted. Whatever is interrupted goes on from what the status says.
 */
export async function account(
  job: Job,
  pods: readonly Pod[],
  tally: Tally,
  {
    outcome,
    kept,
  }: {
    readonly outcome: Outcome | undefined
    /** Pods that have ended, and are to be counted later. */
    readonly kept: ReadonlySet<Pod>
  },
  pass: Pass,
): Promise<void> {
  const now = timestamp(pass.clock)
  const newFailed = tally.newFailed.filter((pod) => !kept.has(pod))
  const noted = await write(job, notedStatus(job, { ...tally, newFailed }, outcome, now), pass)
  const letGo = new Set(
    pods.filter((pod) => isTracked(pod) && !kept.has(pod) && mayLetGo(job, pod, outcome)),
  )
  pass.metrics.own(jobMetrics).judged(job, newlyFailed(job, [...letGo]))
  await removeFinalizers([...letGo], pass)
  const left = new Set(uidsOf(pods.filter((pod) => isTracked(pod) && !letGo.has(pod))))
  const counted = countedStatus(noted, left)
  const final = finalStatus(job, counted, tally, outcome, now)
  const written = await write(noted, final, pass)
  announce(job, written, pass)
}

/** Those that have failed and are not noted yet. */
function newlyFailed(job: Job, pods: readonly Pod[]): readonly Pod[] {
  const { succeeded = [], failed = [] } = job.status.uncountedTerminatedPods ?? {}
  const noted = new Set([...succeeded, ...failed])
  return pods.filter(
    (pod) => !noted.has(pod.metadata.uid) && hasFailed(job, pod) && isInRange(job, pod),
  )
}

function mayLetGo(job: Job, pod: Pod, outcome: Outcome | undefined): boolean {
  if (job.metadata.deletionTimestamp !== undefined || outcome) return true
  return pod.status.phase === 'Succeeded' || hasFailed(job, pod)
}

async function write(job: Job, status: JobStatus, { client, metrics }: Pass): Promise<Job> {
  if (equal(status, job.status)) return job
  const written = await client.updateStatus(Job, { ...job, status })
  metrics.own(jobMetrics).ended(job, written)
  return written
}

/** Tells of what has changed in the status. */
function announce(before: Job, after: Job, { events }: Pass): void {
  const [was, is] = [before.status.conditions, after.status.conditions]
  const turned = (type: string): boolean => isConditionTrue(is, type) && !isConditionTrue(was, type)
  if (turned('Suspended')) events.normal(after, 'Suspended', 'Job suspended')
  const suspended = (conditions: typeof is) => findCondition(conditions, 'Suspended')?.status
  if (suspended(was) === 'True' && suspended(is) === 'False') {
    events.normal(after, 'Resumed', 'Job resumed')
  }
  if (turned('Complete')) events.normal(after, 'Completed', 'Job completed')
  if (turned('Failed')) {
    const { reason = '', message = '' } = findCondition(is, 'Failed')!
    events.warning(after, reason, message)
  }
}

/** Lets Pods go that need not wait to be counted any more. */
export async function removeFinalizers(pods: readonly Pod[], { client }: Pass): Promise<void> {
  const failure = await firstFailure(
    ...pods.map(async ({ metadata }) => {
      const finalizers = (metadata.finalizers ?? []).filter((each) => each !== TRACKING_FINALIZER)
      const { uid, resourceVersion } = metadata
      try {
        const patch = { metadata: { uid, resourceVersion, finalizers } }
        await client.patch(Pod, metadata, 'merge', patch)
      } catch (error) {
        if (!isNotFound(error) && !isInvalid(error)) throw error
      }
    }),
  )
  if (failure) throw failure
}
