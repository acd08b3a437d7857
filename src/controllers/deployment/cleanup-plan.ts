import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { byAge, isObserved } from './replica-sets.ts'
import { revisionOf } from './revisions.ts'

const NO_LIMIT = 2 ** 31 - 1

/** The old ReplicaSets that are too many to keep for a rollback: those of the lowest revisions, once they are idle. */
export function planCleanup(
  { spec }: Deployment,
  old: readonly ReplicaSet[],
): readonly ReplicaSet[] {
  if (spec.revisionHistoryLimit === NO_LIMIT) return []
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const surplus = alive.length - spec.revisionHistoryLimit
  if (surplus <= 0) return []
  return alive
    .toSorted((a, b) => Number(revisionOf(a) - revisionOf(b)) || byAge(a, b))
    .slice(0, surplus)
    .filter(isIdle)
}

function isIdle(replicaSet: ReplicaSet): boolean {
  const { spec, status } = replicaSet
  return status.replicas === 0 && spec.replicas === 0 && isObserved(replicaSet)
}
