import type { PodTemplateSpec } from '../../api/core/v1/common.ts'
import { availableAt } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Owner } from '../common/claim.ts'
import { removeCondition, setCondition, type ConditionLike } from '../../api/meta/v1/conditions.ts'
import { byExpendability, rankByNode } from '../common/expendability.ts'
import type { PodCounts } from './pod-counts.ts'

/** How many Pods are created or deleted in one pass; the next pass does the rest. */
export const BURST = 500

/** What a ReplicaSet and a ReplicationController have in common. */
export type ReplicaOwner = Owner & {
  readonly metadata: { readonly generation?: number; readonly creationTimestamp: string }
  readonly spec: {
    readonly replicas: number
    readonly minReadySeconds?: number
    readonly template?: PodTemplateSpec
  }
  readonly status: ReplicaStatus
}

export interface ReplicaStatus {
  readonly replicas: number
  readonly fullyLabeledReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly terminatingReplicas?: number
  readonly observedGeneration?: number
  readonly conditions?: readonly (ConditionLike & { readonly lastTransitionTime?: string })[]
}

export interface ReplicaPlan {
  readonly create: number
  readonly remove: readonly Pod[]
}

/**
 * How many Pods are missing, or which to give up: those not yet placed on a node go first. `count` tells how many there
 * are, `active` which, and is only looked at where they are too many; `related` are Pods that do the same work for other
 * owners, which should be spread too.
 */
export function planReplicas(
  owner: ReplicaOwner,
  count: number,
  active: readonly Pod[],
  { related = () => active, nowMs }: { related?: () => readonly Pod[]; readonly nowMs: number },
): ReplicaPlan {
  if (owner.metadata.deletionTimestamp !== undefined) return { create: 0, remove: [] }

  const surplus = count - owner.spec.replicas
  if (surplus <= 0) return { create: Math.min(-surplus, BURST), remove: [] }
  const ranked = rankByNode(active, related()).toSorted(byExpendability(nowMs))
  const remove = ranked.slice(0, Math.min(surplus, BURST)).map(({ pod }) => pod)
  return { create: 0, remove }
}

/** What came of the plan. */
export interface ReplicaOutcome {
  /** What kept it from being carried out. */
  readonly failure?: Error | undefined
  /** Whether it was creating, or deleting, that failed. */
  readonly failed?: 'create' | 'delete'
  readonly timestamp: string
}

/** What the status should say. */
export function replicaStatus(
  { metadata, status }: ReplicaOwner,
  { active, fullyLabeled, ready, available, terminating }: PodCounts,
  { failure, failed = 'create', timestamp }: ReplicaOutcome,
): ReplicaStatus {
  const conditions = failure
    ? setFailure(status, failure, failed, timestamp)
    : removeCondition(status.conditions, 'ReplicaFailure')
  return {
    replicas: active,
    ...nonZero({
      fullyLabeledReplicas: fullyLabeled,
      readyReplicas: ready,
      availableReplicas: available,
      observedGeneration: metadata.generation ?? 0,
    }),
    terminatingReplicas: terminating,
    ...(conditions.length > 0 && { conditions }),
  }
}

// The first failure stays until there is none: later ones would only make it flicker.
function setFailure(
  { conditions }: ReplicaStatus,
  failure: Error,
  failed: 'create' | 'delete',
  lastTransitionTime: string,
): readonly ConditionLike[] {
  if (conditions?.some(({ type }) => type === 'ReplicaFailure')) return conditions
  return setCondition(conditions, {
    type: 'ReplicaFailure',
    status: 'True',
    reason: failed === 'create' ? 'FailedCreate' : 'FailedDelete',
    message: failure.message,
    lastTransitionTime,
  })
}

function nonZero<T extends Readonly<Record<string, number>>>(counts: T): Partial<T> {
  const entries = Object.entries(counts).filter(([, count]) => count !== 0)
  return Object.fromEntries(entries) as Partial<T>
}

/** How long until another Pod has been ready for long enough, in milliseconds; undefined where none is on the way. */
export function msUntilAvailable(
  { spec }: ReplicaOwner,
  active: readonly Pod[],
  nowMs: number,
): number | undefined {
  const { minReadySeconds = 0 } = spec
  if (minReadySeconds === 0) return undefined
  const times = active
    .map((pod) => availableAt(pod, minReadySeconds))
    .filter((at) => at !== undefined && at > nowMs) as number[]
  return times.length === 0 ? undefined : Math.min(...times) - nowMs
}
