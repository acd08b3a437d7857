import { Deployment } from '../../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { equal } from '../../apimachinery/equality.ts'
import { selectorFrom, selectsEverything } from '../../apimachinery/labels.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { timestamp } from '../../base/clock.ts'
import {
  controller,
  done,
  requeueAfter,
  watch,
  type Controller,
  type ObjectKey,
  type Pass,
  type PassCache,
  type Result,
} from '../../controller-runtime/index.ts'
import { adopters, claim } from '../common/claim.ts'
import { unlessGone } from '../common/unless-gone.ts'
import { planCleanup } from './cleanup-plan.ts'
import {
  countedStatus,
  isComplete,
  msUntilTimeout,
  rolloutStatus,
  type DeploymentStatus,
} from './deployment-status.ts'
import { pauseStatus } from './pause.ts'
import { isObserved, sortReplicaSets, sum } from './replica-sets.ts'
import { replicasAnnotations } from './revisions.ts'
import { planRollingUpdate, planStop, type Scaling } from './rollout-plan.ts'
import { isScaled, planScaling } from './scaling-plan.ts'
import { createCurrent, syncRevision, updateStatus, type Rollout } from './sync-revision.ts'

/** Rolls each Deployment out through ReplicaSets, one for each template that it has had. */
export const deploymentController: Controller = controller('deployment-controller', {
  for: Deployment,
  owns: [ReplicaSet],
  watches: [
    watch(ReplicaSet, (replicaSet, cache) =>
      adopters(
        replicaSet,
        () => cache.list(Deployment, { namespace: replicaSet.metadata.namespace }),
        ({ spec }) => selectorFrom(spec.selector),
      ),
    ),
    // Recreate waits for old Pods to be gone, which its ReplicaSets do not tell.
    watch(Pod, recreatedBy, () => false),
  ],

  async reconcile(deployment, pass) {
    const selector = selectorFrom(deployment.spec.selector)
    if (selectsEverything(selector)) return refuse(deployment, pass)
    const replicaSets = await claim(pass, [Deployment, deployment], ReplicaSet, selector)
    const found = { deployment, sets: sortReplicaSets(deployment, replicaSets) }
    if (deployment.metadata.deletionTimestamp !== undefined) return reportCounts(found, pass)

    const pause = pauseStatus(deployment, timestamp(pass.clock))
    if (pause) {
      await updateStatus(deployment, pause, pass)
      return done
    }
    const rollout = await syncRevision(found, pass)
    if (deployment.spec.paused || isScaled(deployment, rollout.sets)) {
      return followScale(rollout, pass)
    }
    return deployment.spec.strategy.type === 'Recreate'
      ? recreate(rollout, pass)
      : rollingUpdate(rollout, pass)
  },
})

async function refuse(deployment: Deployment, pass: Pass): Promise<Result> {
  const message = 'This deployment is selecting all pods. A non-empty selector is required.'
  pass.events.warning(deployment, 'SelectingAll', message)
  if (!isObserved(deployment)) {
    const observedGeneration = deployment.metadata.generation ?? 0
    await updateStatus(deployment, { ...deployment.status, observedGeneration }, pass)
  }
  return done
}

async function followScale({ deployment, sets }: Rollout, pass: Pass): Promise<Result> {
  const scaled = await scale(planScaling(deployment, sets), { deployment, sets }, pass)
  if (deployment.spec.paused) await cleanUp(scaled, pass)
  return reportCounts(scaled, pass)
}

async function rollingUpdate(rollout: Rollout, pass: Pass): Promise<Result> {
  const { deployment, sets } = await withCurrent(rollout, pass)
  const { current } = sets
  if (!current) return done
  const plan = planRollingUpdate(deployment, { ...sets, current })
  const scaled = await scale(plan, { deployment, sets }, pass)
  if (plan.length === 0 && isComplete(deployment, deployment.status)) await cleanUp(scaled, pass)
  return reportRollout(scaled, pass)
}

async function recreate(rollout: Rollout, pass: Pass): Promise<Result> {
  const stop = planStop(rollout.sets)
  if (stop.length > 0) return reportRollout(await scale(stop, rollout, pass), pass)
  if (oldPodsRun(rollout, pass.cache)) return reportRollout(rollout, pass)

  const { deployment, sets } = await withCurrent(rollout, pass)
  if (!sets.current) return done
  const { replicas } = deployment.spec
  const start =
    sets.current.spec.replicas === replicas ? [] : [{ replicaSet: sets.current, replicas }]
  const scaled = await scale(start, { deployment, sets }, pass)
  if (isComplete(deployment, deployment.status)) await cleanUp(scaled, pass)
  return reportRollout(scaled, pass)
}

async function withCurrent({ deployment, sets }: Rollout, pass: Pass): Promise<Rollout> {
  const { current, old } = sets
  if (current) return { deployment, sets }
  return createCurrent({ deployment, sets: { current, old } }, pass)
}

function oldPodsRun({ sets }: Rollout, cache: PassCache): boolean {
  if (sum(sets.old, ({ status }) => status.replicas) > 0) return true
  return sets.old.some((old) => cache.controlledBy(Pod, old).some((pod) => !isPodTerminal(pod)))
}

/** Sizes ReplicaSets as planned, and gives the rollout with them as they are now. */
async function scale(
  plan: readonly Scaling[],
  { deployment, sets }: Rollout,
  pass: Pass,
): Promise<Rollout> {
  const written = new Map<ReplicaSet, ReplicaSet>()
  for (const scaling of plan) {
    written.set(scaling.replicaSet, await scaleOne(scaling, deployment, pass))
  }
  const fresh = (each: ReplicaSet): ReplicaSet => written.get(each) ?? each
  const current = sets.current && fresh(sets.current)
  return { deployment, sets: { current, old: sets.old.map(fresh) } }
}

async function scaleOne(
  { replicaSet, replicas }: Scaling,
  deployment: Deployment,
  pass: Pass,
): Promise<ReplicaSet> {
  const { metadata, spec } = replicaSet
  const annotations = { ...metadata.annotations, ...replicasAnnotations(deployment) }
  if (spec.replicas === replicas && equal(annotations, metadata.annotations)) return replicaSet
  const scaled = await pass.client.update(ReplicaSet, {
    ...replicaSet,
    metadata: { ...metadata, annotations },
    spec: { ...spec, replicas },
  })
  if (spec.replicas !== replicas) {
    const direction = spec.replicas < replicas ? 'up' : 'down'
    const message = `Scaled ${direction} replica set ${metadata.name} from ${spec.replicas} to ${replicas}`
    pass.events.normal(deployment, 'ScalingReplicaSet', message)
  }
  return scaled
}

/** Deletes old ReplicaSets beyond the history that is kept. */
async function cleanUp({ deployment, sets }: Rollout, pass: Pass): Promise<void> {
  for (const { metadata } of planCleanup(deployment, sets.old)) {
    await unlessGone(pass.client.delete(ReplicaSet, metadata))
  }
}

async function reportRollout({ deployment, sets }: Rollout, pass: Pass): Promise<Result> {
  const nowMs = pass.clock.now()
  const status = rolloutStatus(deployment, sets, nowMs, timestamp(pass.clock))
  await report(deployment, status, pass)
  // A rollout that is stuck is told by no event.
  return requeueAfter(msUntilTimeout(deployment, status, nowMs))
}

async function reportCounts({ deployment, sets }: Rollout, pass: Pass): Promise<Result> {
  await report(deployment, countedStatus(deployment, sets, timestamp(pass.clock)), pass)
  return done
}

async function report(deployment: Deployment, status: DeploymentStatus, pass: Pass): Promise<void> {
  if (!equal(status, deployment.status)) await updateStatus(deployment, status, pass)
}

/** The Deployment that waits for a Pod to be gone before it makes new ones. */
function recreatedBy({ metadata }: Pod, cache: PassCache): readonly ObjectKey[] {
  const { namespace } = metadata
  const above = controllerOf({ metadata })
  if (above?.kind !== 'ReplicaSet') return []
  const replicaSet = cache.get(ReplicaSet, { namespace, name: above.name })
  const top = replicaSet && controllerOf(replicaSet)
  if (top?.kind !== 'Deployment') return []
  const deployment = cache.get(Deployment, { namespace, name: top.name })
  return deployment?.spec.strategy.type === 'Recreate' ? [deployment.metadata] : []
}
