import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { isRollingUpdate, maxSurge } from './limits.ts'
import { activeOf, allOf, byAge, wanted, type ReplicaSets } from './replica-sets.ts'
import { DESIRED_REPLICAS, MAX_REPLICAS, notedReplicas } from './revisions.ts'
import type { Scaling } from './rollout-plan.ts'

/** Whether the Deployment was scaled since its ReplicaSets were sized last. */
export function isScaled({ spec }: Deployment, sets: ReplicaSets): boolean {
  return activeOf(allOf(sets)).some((each) => {
    const noted = notedReplicas(each, DESIRED_REPLICAS)
    return noted !== undefined && noted !== spec.replicas
  })
}

/**
 * How to follow the Deployment's scale without changing which part of its Pods is new. In the middle of a rollout the
 * change is shared among the ReplicaSets in proportion to their sizes, so that a bad new template does not take over.
 */
export function planScaling(deployment: Deployment, sets: ReplicaSets): readonly Scaling[] {
  const { replicas } = deployment.spec
  const only = onlyActive(sets)
  if (only) return only.spec.replicas === replicas ? [] : [{ replicaSet: only, replicas }]
  if (isSaturated(deployment, sets.current)) {
    return activeOf(sets.old).map((replicaSet) => ({ replicaSet, replicas: 0 }))
  }
  return isRollingUpdate(deployment) ? planProportional(deployment, sets) : []
}

/** The one that wants Pods; where none does, the present or else the newest one; none where several do. */
function onlyActive(sets: ReplicaSets): ReplicaSet | undefined {
  const active = activeOf(allOf(sets))
  if (active.length > 1) return undefined
  return active[0] ?? sets.current ?? sets.old.toSorted(byAge).at(-1)
}

/** Whether the new ReplicaSet does all the work already. */
function isSaturated({ spec }: Deployment, current: ReplicaSet | undefined): boolean {
  return (
    current?.spec.replicas === spec.replicas &&
    notedReplicas(current, DESIRED_REPLICAS) === spec.replicas &&
    (current.status.availableReplicas ?? 0) === spec.replicas
  )
}

function planProportional(deployment: Deployment, sets: ReplicaSets): readonly Scaling[] {
  const active = activeOf(allOf(sets))
  const { replicas } = deployment.spec
  const allowed = replicas > 0 ? replicas + maxSurge(deployment) : 0
  const change = allowed - wanted(active)
  // Rounding leaves a rest, which goes to the largest: to the newest of them when growing, the oldest when shrinking.
  const ordered = active.toSorted(
    (a, b) => b.spec.replicas - a.spec.replicas || (change > 0 ? byAge(b, a) : byAge(a, b)),
  )
  let left = change
  const sizes = ordered.map((replicaSet) => {
    const share = proportion(deployment, replicaSet, left)
    left -= share
    return { replicaSet, replicas: replicaSet.spec.replicas + share }
  })
  return sizes.map((each, i) =>
    i === 0 ? { ...each, replicas: Math.max(0, each.replicas + left) } : each,
  )
}

/** A ReplicaSet's share of the change, at most what is `left` of it. */
function proportion(deployment: Deployment, replicaSet: ReplicaSet, left: number): number {
  if (left === 0) return 0
  const share = fraction(deployment, replicaSet)
  return left > 0 ? Math.min(share, left) : Math.max(share, left)
}

function fraction(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = replicaSet.spec.replicas
  const { replicas } = deployment.spec
  if (replicas === 0) return -size
  const most = replicas + maxSurge(deployment)
  const before = notedReplicas(replicaSet, MAX_REPLICAS) || (deployment.status.replicas ?? 0)
  return before === 0 ? 0 : Math.round((size * most) / before) - size
}
