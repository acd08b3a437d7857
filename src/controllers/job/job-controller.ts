import { Job } from '../../api/batch/v1/job.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { equal } from '../../apimachinery/equality.ts'
import { selectorFrom } from '../../apimachinery/labels.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { isInvalid, isNotFound } from '../../apimachinery/status-predicates.ts'
import { timestamp } from '../../base/clock.ts'
import {
  controller,
  done,
  firstFailure,
  indexBy,
  requeueAfter,
  slowStart,
  watch,
  type Controller,
  type Pass,
  type Result,
} from '../../controller-runtime/index.ts'
import { adopters, claim } from '../common/claim.ts'
import { findCondition, setCondition } from '../common/conditions.ts'
import { createPod, deletePods } from '../common/pod-control.ts'
import { failuresBefore, formatIndexes, indexOf } from './indexes.ts'
import { NO_FAILURES, recordEnds, replacementWaitMs, type EndRecord } from './job-backoff.ts'
import { isFinished, msUntilDeadline, outcomeOf, type Outcome } from './job-outcome.ts'
import { planJob, type JobPlan } from './job-plan.ts'
import { indexedPod, plainPod, TRACKING_FINALIZER } from './job-pods.ts'
import { hasFailed, isIndexed, isTracked, tallyPods, type Tally } from './job-tally.ts'

const OWN_NAME = 'kubernetes.io/job-controller'
const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name'

/** Pods that wait to be counted, by the name of their Job. */
const trackedPods = indexBy(Pod, 'job', (pod) => {
  const { namespace, labels = {} } = pod.metadata
  const name = labels[JOB_NAME_LABEL]
  return isTracked(pod) && name !== undefined ? [`${namespace}/${name}`] : []
})

type Status = Job['status']

/** Runs the Pods of each Job until enough of them have succeeded, or too many failed. */
export function jobController(): Controller {
  /** How the Pods of each Job have ended lately: failed ones are not replaced at once. */
  const histories = new Map<string, History>()

  return controller<Job>('job-controller', {
    for: Job,
    owns: [Pod],
    watches: [
      watch(Pod, (pod, cache) => [
        ...adopters(
          pod,
          () => cache.list(Job, { namespace: pod.metadata.namespace }),
          ({ spec }) => selectorFrom(spec.selector),
        ),
        ...orphanKeys(pod),
      ]),
    ],

    async reconcile(job, pass) {
      if (job.spec.managedBy !== undefined && job.spec.managedBy !== OWN_NAME) return done
      const { namespace, name } = job.metadata
      const key = `${namespace}/${name}`
      if (isFinished(job)) {
        histories.delete(key)
        await removeFinalizers(pass.cache.find(trackedPods, key), pass)
        return done
      }
      const pods = await claim(pass, [Job, job], Pod, selectorFrom(job.spec.selector), {
        accept: ({ metadata }) =>
          metadata.labels?.[JOB_NAME_LABEL] === undefined ||
          metadata.labels[JOB_NAME_LABEL] === job.metadata.name,
      })
      const nowMs = pass.clock.now()
      const tally = tallyPods(job, pods)
      const history = historyAfter(histories.get(key), job, tally, nowMs)
      histories.set(key, history)

      const outcome = outcomeOf(job, pods, tally, nowMs)
      const waitMs = replacementWaitMs(history.record, nowMs)
      const failure = outcome
        ? await deletePods(pass, job, tally.active)
        : await carryOut(planJob(job, tally, nowMs), waitMs, job, pods, pass)
      await account(job, pods, tally, outcome, pass)
      const strangers = pass.cache
        .find(trackedPods, key)
        .filter((pod) => controllerOf(pod)?.uid !== job.metadata.uid && !pods.includes(pod))
      await removeFinalizers(strangers, pass)
      if (failure) throw failure
      return requeueAfter(earliest(waitMs > 0 ? waitMs : undefined, msUntilDeadline(job, nowMs)))
    },

    async gone({ namespace = '', name }, pass): Promise<Result> {
      const key = `${namespace}/${name}`
      histories.delete(key)
      await removeFinalizers(pass.cache.find(trackedPods, key), pass)
      return done
    },
  })
}

interface History {
  /** The Job's uid: another one may have the name by now. */
  readonly uid: string
  readonly record: EndRecord
  /** The Pods that are in the record. */
  readonly seen: ReadonlySet<string>
}

function historyAfter(
  known: History | undefined,
  { metadata: { uid } }: Job,
  { newSucceeded, newFailed }: Tally,
  nowMs: number,
): History {
  const { record, seen } = known?.uid === uid ? known : { record: NO_FAILURES, seen: new Set() }
  const fresh = (pods: readonly Pod[]) => pods.filter(({ metadata }) => !seen.has(metadata.uid))
  return {
    uid,
    record: recordEnds(record, fresh(newSucceeded), fresh(newFailed), nowMs),
    seen: new Set(uids([...newSucceeded, ...newFailed])),
  }
}

// Pods whose Job is gone, or has released them, are held by nothing but the finalizer.
function orphanKeys(pod: Pod): readonly { namespace: string; name: string }[] {
  const { namespace, labels = {} } = pod.metadata
  const name = labels[JOB_NAME_LABEL]
  return isTracked(pod) && name !== undefined ? [{ namespace, name }] : []
}

async function carryOut(
  { remove, create, indexes }: JobPlan,
  waitMs: number,
  job: Job,
  pods: readonly Pod[],
  pass: Pass,
): Promise<Error | undefined> {
  if (remove.length > 0) {
    // Pods that are stopped on purpose are no failures: they are let go uncounted.
    await removeFinalizers(remove, pass)
    return deletePods(pass, job, remove)
  }
  if (waitMs > 0) return undefined
  const podOf = (i: number) => {
    const index = indexes[i]
    return index === undefined
      ? plainPod(job)
      : indexedPod(job, index, failuresOf(job, index, pods))
  }
  return firstFailure(slowStart(create, (i) => createPod(pass, job, podOf(i))))
}

/** How many Pods of an index have failed, where that is limited. */
function failuresOf(job: Job, index: number, pods: readonly Pod[]): number | undefined {
  if (job.spec.backoffLimitPerIndex === undefined) return undefined
  const failed = pods.filter((pod) => indexOf(pod) === index && hasFailed(job, pod))
  return Math.max(0, ...failed.map((pod) => failuresBefore(pod) + 1))
}

/**
 * Counts the Pods that have ended, each exactly once: they are noted in the status, then let go by their finalizer, and
 * then counted. Whatever is interrupted goes on from what the status says.
 */
async function account(
  job: Job,
  pods: readonly Pod[],
  tally: Tally,
  outcome: Outcome | undefined,
  pass: Pass,
): Promise<void> {
  const now = timestamp(pass.clock)
  const noted = await write(job, notedStatus(job, tally, outcome, now), pass)
  const letGo = pods.filter((pod) => isTracked(pod) && mayLetGo(job, pod, outcome))
  await removeFinalizers(letGo, pass)
  const left = new Set(
    pods
      .filter((pod) => isTracked(pod) && !letGo.includes(pod))
      .map(({ metadata }) => metadata.uid),
  )
  const counted = countedStatus(noted, left)
  const final = finalStatus(job, counted, tally, outcome, now)
  const written = await write(noted, final, pass)
  announce(job, written, pass)
}

function mayLetGo(job: Job, pod: Pod, outcome: Outcome | undefined): boolean {
  if (job.metadata.deletionTimestamp !== undefined || outcome) return true
  return pod.status.phase === 'Succeeded' || hasFailed(job, pod)
}

/** The status with the Pods that have ended since noted in it. */
function notedStatus(job: Job, tally: Tally, outcome: Outcome | undefined, now: string): Status {
  const { status, spec } = job
  const { uncountedTerminatedPods: before = {} } = status
  // When a Job fails, the Pods that it stops have failed too.
  const stopped = outcome?.type === 'FailureTarget' ? tally.active.filter(isTracked) : []
  const succeeded = [
    ...(before.succeeded ?? []),
    ...(isIndexed(job) ? [] : uids(tally.newSucceeded)),
  ]
  const failed = [...(before.failed ?? []), ...uids(tally.newFailed), ...uids(stopped)]
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

function indexStatus(job: Job, { succeededIndexes, failedIndexes }: Tally): Partial<Status> {
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

function conditionStatus(job: Job, outcome: Outcome | undefined, now: string): Partial<Status> {
  const { conditions } = job.status
  if (outcome) return { conditions: setCondition(conditions, jobCondition(outcome, now)) }
  const suspended = findCondition(conditions, 'Suspended')
  if (job.spec.suspend) {
    const told = { type: 'Suspended', reason: 'JobSuspended', message: 'Job suspended' }
    return { conditions: setCondition(conditions, jobCondition(told, now)) }
  }
  if (suspended?.status !== 'True') return {}
  const told = { type: 'Suspended', reason: 'JobResumed', message: 'Job resumed' }
  return { conditions: setCondition(conditions, jobCondition(told, now, 'False')), startTime: now }
}

function jobCondition(
  { type, reason, message }: { type: string; reason: string; message: string },
  now: string,
  status = 'True',
) {
  return { type, status, reason, message, lastProbeTime: now, lastTransitionTime: now }
}

/** The status with those noted Pods counted that nothing holds any more. */
function countedStatus({ status, spec }: Job, held: ReadonlySet<string>): Status {
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
function finalStatus(
  job: Job,
  status: Status,
  tally: Tally,
  outcome: Outcome | undefined,
  now: string,
): Status {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const isSettled = succeeded.length === 0 && failed.length === 0
  // Pods that were told to stop just now are terminating from here on.
  if (!outcome || !isSettled || tally.terminating > 0 || tally.active.length > 0) return status
  const type = outcome.type === 'SuccessCriteriaMet' ? 'Complete' : 'Failed'
  const { reason, message } = outcome
  return {
    ...status,
    conditions: setCondition(status.conditions, jobCondition({ type, reason, message }, now)),
    ...(type === 'Complete' && { completionTime: now }),
  }
}

async function write(job: Job, status: Status, { client }: Pass): Promise<Job> {
  if (equal(status, job.status)) return job
  return client.updateStatus(Job, { ...job, status })
}

/** Tells of what has changed in the status. */
function announce(before: Job, after: Job, { events }: Pass): void {
  const [was, is] = [before.status.conditions, after.status.conditions]
  const turned = (type: string): boolean =>
    findCondition(is, type)?.status === 'True' && findCondition(was, type)?.status !== 'True'
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

async function removeFinalizers(pods: readonly Pod[], { client }: Pass): Promise<void> {
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

function uids(pods: readonly Pod[]): readonly string[] {
  return pods.map(({ metadata }) => metadata.uid)
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((ms) => ms !== undefined)
  return known.length === 0 ? undefined : Math.max(0, Math.min(...known))
}
