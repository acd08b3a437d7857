import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { isRollingUpdate, maxSurge, maxUnavailable } from './limits.ts'
import {
  activeOf,
  allOf,
  byAge,
  isObserved,
  sum,
  wanted,
  type ReplicaSets,
} from './replica-sets.ts'

/** A ReplicaSet, and how many Pods it is to want. */
export interface Scaling {
  readonly replicaSet: ReplicaSet
  readonly replicas: number
}

/** How many Pods a new ReplicaSet begins with, or the present one may grow to, beside all the others. */
export function roomForNew(deployment: Deployment, sets: ReplicaSets): number {
  const { replicas } = deployment.spec
  if (!isRollingUpdate(deployment)) return replicas
  const all = allOf(sets)
  const current = sets.current?.spec.replicas ?? 0
  // Nobody knows how many Pods those have that were told to shrink just now.
  if (sets.old.length > 0 && !all.every(isObserved)) return current
  const room = replicas + maxSurge(deployment) - sum(all, presentOf)
  return room <= 0 ? current : current + Math.min(room, replicas - current)
}

/** The next step of a rolling update: grow the new ReplicaSet where there is room, else shrink old ones. */
export function planRollingUpdate(
  deployment: Deployment,
  sets: ReplicaSets & { readonly current: ReplicaSet },
): readonly Scaling[] {
  const { current } = sets
  const { replicas } = deployment.spec
  const now = current.spec.replicas
  const size = now > replicas ? replicas : roomForNew(deployment, sets)
  if (size !== now) return [{ replicaSet: current, replicas: size }]
  return planShrink(deployment, sets)
}

/**
 * Shrinks old ReplicaSets as far as enough Pods stay available. Pods that are not healthy go first, since they serve
 * nobody; what is then left to spare is taken from the oldest.
 */
function planShrink(
  deployment: Deployment,
  sets: ReplicaSets & { readonly current: ReplicaSet },
): readonly Scaling[] {
  const old = activeOf(sets.old).toSorted(byAge)
  const all = allOf(sets)
  if (old.length === 0 || !all.every(isObserved)) return []
  const minAvailable = deployment.spec.replicas - maxUnavailable(deployment)
  const unavailableNew = sets.current.spec.replicas - availableOf(sets.current)
  const spare = wanted(all) - minAvailable - unavailableNew
  if (spare <= 0) return []

  const unhealthy = takeFrom(old, spare, (each) => each.spec.replicas - availableOf(each))
  const available = sum(all, availableOf)
  const rest = takeFrom(old, available - minAvailable, ({ spec }) => spec.replicas, unhealthy)
  return old.flatMap((replicaSet) => {
    const replicas = replicaSet.spec.replicas - (rest.get(replicaSet) ?? 0)
    return replicas === replicaSet.spec.replicas ? [] : [{ replicaSet, replicas }]
  })
}

/** How many Pods there are or will be: one that is told to shrink may not have given its Pods up yet. */
function presentOf({ spec, status }: ReplicaSet): number {
  return Math.max(spec.replicas, status.replicas)
}

/** How many Pods serve, and go on to: one that is told to shrink may not have given its Pods up yet. */
function availableOf({ spec, status }: ReplicaSet): number {
  return Math.min(spec.replicas, status.availableReplicas ?? 0)
}

/** Takes up to `count` Pods, from each at most what `most` says beside what was taken before; gives all that is taken. */
function takeFrom(
  replicaSets: readonly ReplicaSet[],
  count: number,
  most: (replicaSet: ReplicaSet) => number,
  before: ReadonlyMap<ReplicaSet, number> = new Map(),
): ReadonlyMap<ReplicaSet, number> {
  const taken = new Map(before)
  let left = count
  for (const each of replicaSets) {
    const already = before.get(each) ?? 0
    const now = Math.max(0, Math.min(left, most(each) - already))
    taken.set(each, already + now)
    left -= now
  }
  return taken
}

/** Gives up all Pods of the old ReplicaSets, as Recreate does before anything else. */
export function planStop({ old }: ReplicaSets): readonly Scaling[] {
  return activeOf(old).map((replicaSet) => ({ replicaSet, replicas: 0 }))
}
