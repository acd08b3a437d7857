import { Job } from '../../api/batch/v1/job.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { selectorFrom } from '../../apimachinery/labels.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
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
import { createPod, deletePods } from '../common/pod-control.ts'
import { failuresAfter, indexWaitMs, unreplacedFailures } from './index-failures.ts'
import { account, removeFinalizers } from './job-accounting.ts'
import { historyAfter, replacementWaitMs, type EndHistory } from './job-backoff.ts'
import { countChanges, jobMetrics, type SyncAction } from './job-metrics.ts'
import { isExternal, isFinished, msUntilDeadline, outcomeOf } from './job-outcome.ts'
import { planJob, type JobPlan } from './job-plan.ts'
import { indexedPod, plainPod } from './job-pods.ts'
import { isTracked, tallyPods, type Tally } from './job-tally.ts'

const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name'

/** Pods that wait to be counted, by the name of their Job. */
const trackedPods = indexBy(Pod, 'job', (pod) => {
  const { namespace, labels = {} } = pod.metadata
  const name = labels[JOB_NAME_LABEL]
  return isTracked(pod) && name !== undefined ? [`${namespace}/${name}`] : []
})

/** Runs the Pods of each Job until enough of them have succeeded, or too many failed. */
export function jobController(): Controller {
  /** How the Pods of each Job have ended lately: failed ones are not replaced at once. */
  const histories = new Map<string, EndHistory>()

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
    sources: countChanges,

    async reconcile(job, pass) {
      if (isExternal(job)) return done
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
      const history = historyAfter(histories.get(key), job, tally)
      histories.set(key, history)

      const outcome = outcomeOf(job, pods, tally, nowMs)
      const last = outcome ? new Map<number, Pod>() : unreplacedFailures(job, pods, tally)
      const plan = outcome
        ? undefined
        : planJob(job, tally, {
            nowMs,
            waitMs: replacementWaitMs(history.record, nowMs),
            indexWaitMs: (index) => indexWaitMs(last.get(index), nowMs),
          })
      const work = async (): Promise<void> => {
        const failure = plan
          ? await carryOut(plan, job, { tally, last }, pass)
          : await deletePods(pass, job, tally.active)
        await account(job, pods, tally, { outcome, kept: new Set(last.values()) }, pass)
        const strangers = pass.cache
          .find(trackedPods, key)
          .filter((pod) => controllerOf(pod)?.uid !== job.metadata.uid && !pods.includes(pod))
        await removeFinalizers(strangers, pass)
        if (failure) throw failure
      }
      await measure(work, job, actionOf(plan), pass)
      return requeueAfter(earliest(plan?.waitMs, msUntilDeadline(job, nowMs)))
    },

    async gone({ namespace = '', name }, pass): Promise<Result> {
      const key = `${namespace}/${name}`
      histories.delete(key)
      await removeFinalizers(pass.cache.find(trackedPods, key), pass)
      return done
    },
  })
}

// Pods whose Job is gone, or has released them, are held by nothing but the finalizer.
function orphanKeys(pod: Pod): readonly { namespace: string; name: string }[] {
  const { namespace, labels = {} } = pod.metadata
  const name = labels[JOB_NAME_LABEL]
  return isTracked(pod) && name !== undefined ? [{ namespace, name }] : []
}

async function measure(
  work: () => Promise<void>,
  job: Job,
  action: SyncAction,
  { clock, metrics }: Pass,
): Promise<void> {
  const startMs = clock.monotonic()
  let result: 'success' | 'error' = 'error'
  try {
    await work()
    result = 'success'
  } finally {
    metrics.own(jobMetrics).synced(job, result, action, clock.monotonic() - startMs)
  }
}

function actionOf(plan: JobPlan | undefined): SyncAction {
  if (!plan) return 'reconciling'
  if (plan.remove.length > 0) return 'pods_deleted'
  return plan.create > 0 ? 'pods_created' : 'tracking'
}

async function carryOut(
  { remove, create, indexes }: JobPlan,
  job: Job,
  { tally, last }: { readonly tally: Tally; readonly last: ReadonlyMap<number, Pod> },
  pass: Pass,
): Promise<Error | undefined> {
  if (remove.length > 0) {
    // Pods that are stopped on purpose are no failures: they are let go uncounted.
    await removeFinalizers(remove, pass)
    return deletePods(pass, job, remove)
  }
  const isLimited = job.spec.backoffLimitPerIndex !== undefined
  const podOf = (i: number) => {
    const index = indexes[i]
    if (index === undefined) return plainPod(job)
    return indexedPod(job, index, isLimited ? failuresAfter(job, last.get(index)) : undefined)
  }
  const counts = pass.metrics.own(jobMetrics)
  return firstFailure(
    slowStart(create, async (i) => {
      try {
        await createPod(pass, job, podOf(i))
        counts.created(job, tally, 'succeeded')
      } catch (error) {
        counts.created(job, tally, 'failed')
        throw error
      }
    }),
  )
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((ms) => ms !== undefined)
  return known.length === 0 ? undefined : Math.max(0, Math.min(...known))
}
