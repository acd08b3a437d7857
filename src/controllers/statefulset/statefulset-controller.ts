import { ControllerRevision } from '../../api/apps/v1/controller-revision.ts'
import { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { equal } from '../../apimachinery/equality.ts'
import { selectorFrom } from '../../apimachinery/labels.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import {
  controller,
  done,
  firstFailure,
  requeueAfter,
  slowStart,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import { adopters, claim } from '../common/claim.ts'
import {
  deleteRevisions,
  ensureRevision,
  ownRevisions,
  RevisionCollisionError,
  surplusRevisions,
  templateOf,
} from '../common/controller-revisions.ts'
import { isNamespaceTerminating } from '../common/pod-control.ts'
import { availabilityGauges } from './availability-gauges.ts'
import { ensureClaims, hasStaleClaim, keepClaimOwners, setsOfClaim } from './claim-control.ts'
import {
  countUnavailable,
  isTerminating,
  maxUnavailable,
  planStatefulSet,
  type Step,
} from './stateful-plan.ts'
import { isInRange, ordinalOf, podName, revisionNameOf, statefulPod } from './stateful-pods.ts'
import { msUntilAvailable, statefulStatus } from './stateful-status.ts'

interface SetRevisions {
  readonly current: ControllerRevision
  readonly update: ControllerRevision
}

/** Runs the Pods of each StatefulSet, each with a name and claims of its own, in order. */
export const statefulSetController: Controller = controller('statefulset-controller', {
  for: StatefulSet,
  owns: [Pod, ControllerRevision],
  watches: [
    watch(Pod, (pod, cache) =>
      adopters(
        pod,
        () => cache.list(StatefulSet, { namespace: pod.metadata.namespace }),
        ({ spec }) => selectorFrom(spec.selector),
      ),
    ),
    // A Pod may wait for its predecessor's claim to go.
    watch(PersistentVolumeClaim, setsOfClaim, () => false),
  ],

  async reconcile(set, pass) {
    const selector = selectorFrom(set.spec.selector)
    const all = await ownRevisions(pass, [StatefulSet, set], selector)
    const revisions = await revisionsOf(set, all, pass)
    if (!revisions) return done
    const pods = await claim(pass, [StatefulSet, set], Pod, selector, {
      accept: (pod) => ordinalOf(set, pod) !== undefined,
    })
    const nowMs = pass.clock.now()
    const names = {
      current: revisions.current.metadata.name,
      update: revisions.update.metadata.name,
    }
    const steps = planStatefulSet(set, pods, { updateRevision: names.update, nowMs })
    const failure =
      (await keepClaims(set, pods, pass)) ?? (await carryOut(set, steps, revisions, pass))

    const status = statefulStatus(set, pods, names, nowMs)
    const unavailable = countUnavailable(set, pods, nowMs)
    pass.metrics.own(availabilityGauges).set(set, maxUnavailable(set), unavailable)
    if (!equal(status, set.status)) {
      await pass.client.updateStatus(StatefulSet, { ...set, status })
    }
    const live = new Set([names.current, names.update, ...pods.map(revisionNameOf)])
    const surplus = surplusRevisions(all, set.spec.revisionHistoryLimit, ({ metadata }) =>
      live.has(metadata.name),
    )
    await deleteRevisions(pass, surplus)
    if (failure) throw failure
    return requeueAfter(msUntilAvailable(set, pods, nowMs))
  },

  async gone(key, { metrics }) {
    metrics.own(availabilityGauges).forget(key)
  },
})

/** The revision that Pods come from, and the one they go to; undefined where the latter's name is taken. */
async function revisionsOf(
  set: StatefulSet,
  all: readonly ControllerRevision[],
  pass: Pass,
): Promise<SetRevisions | undefined> {
  try {
    const update = await ensureRevision(pass, set, all)
    const current = all.find(({ metadata }) => metadata.name === set.status.currentRevision)
    return { current: current ?? update, update }
  } catch (error) {
    if (!(error instanceof RevisionCollisionError)) throw error
    const { status } = set
    const collisionCount = (status.collisionCount ?? 0) + 1
    await pass.client.updateStatus(StatefulSet, { ...set, status: { ...status, collisionCount } })
    return undefined
  }
}

/** Sees to the claims of the Pods that there are. Gives the first failure. */
function keepClaims(
  set: StatefulSet,
  pods: readonly Pod[],
  pass: Pass,
): Promise<Error | undefined> {
  if (!set.spec.volumeClaimTemplates?.length) return Promise.resolve(undefined)
  return firstFailure(
    ...pods.map(async (pod) => {
      const isWaiting = pod.status.phase === 'Pending' && !isTerminating(pod)
      if (isWaiting && isInRange(set, pod)) await ensureClaims(set, ordinalOf(set, pod)!, pass)
      await keepClaimOwners(set, pod, pass)
    }),
  )
}

function carryOut(
  set: StatefulSet,
  steps: readonly Step[],
  revisions: SetRevisions,
  pass: Pass,
): Promise<Error | undefined> {
  const creations = steps.filter((step) => step.type === 'create')
  const others = steps.filter((step) => step.type !== 'create')
  return firstFailure(
    slowStart(creations.length, (i) => {
      const { ordinal, revision } = creations[i]!
      return create(set, ordinal, revisions[revision], pass)
    }),
    ...others.map((step) => remove(set, step, pass)),
  )
}

async function create(
  set: StatefulSet,
  ordinal: number,
  revision: ControllerRevision,
  pass: Pass,
): Promise<void> {
  if (hasStaleClaim(set, ordinal, pass)) return
  const pod = statefulPod(set, ordinal, templateOf(revision), revision.metadata.name)
  const what = `create Pod ${podName(set, ordinal)} in StatefulSet ${set.metadata.name}`
  try {
    await ensureClaims(set, ordinal, pass)
    await pass.client.create(Pod, pod)
  } catch (error) {
    if (isNamespaceTerminating(error)) return
    const message = `${what} failed error: ${(error as Error).message}`
    pass.events.warning(set, 'FailedCreate', message)
    throw error
  }
  pass.events.normal(set, 'SuccessfulCreate', `${what} successful`)
}

async function remove(
  set: StatefulSet,
  step: Exclude<Step, { type: 'create' }>,
  pass: Pass,
): Promise<void> {
  const { events, client } = pass
  const { metadata, status } = step.pod
  const { namespace, name, uid } = metadata
  if (step.type === 'recreate') {
    const kind = status.phase === 'Failed' ? 'Failed' : 'Terminated'
    const where = `StatefulSet ${set.metadata.namespace}/${set.metadata.name}`
    const message = `${where} is recreating ${kind.toLowerCase()} Pod ${name}`
    if (kind === 'Failed') events.warning(set, 'RecreatingFailedPod', message)
    else events.normal(set, 'RecreatingTerminatedPod', message)
  }
  const what = `delete Pod ${name} in StatefulSet ${set.metadata.name}`
  try {
    await client.delete(Pod, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (isNotFound(error)) return
    events.warning(set, 'FailedDelete', `${what} failed error: ${(error as Error).message}`)
    throw error
  }
  events.normal(set, 'SuccessfulDelete', `${what} successful`)
}
