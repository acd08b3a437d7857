import type { PodTemplateSpec } from '../../api/core/v1/common.ts'
import {
  availableAt,
  isPodAvailable,
  isPodReady,
  isPodTerminal,
} from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Owner } from '../common/claim.ts'
import { removeCondition, setCondition, type ConditionLike } from '../../api/meta/v1/conditions.ts'
import { byExpendability, rankByNode } from '../common/expendability.ts'

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
 * How many Pods are missing, or which to give up: those not yet placed on a node go first. `related` are Pods that do
 * the same work for other owners, which should be spread too.
 */
export function planReplicas(
  owner: ReplicaOwner,
  active: readonly Pod[],
  { related = () => active, nowMs }: { related?: () => readonly Pod[]; readonly nowMs: number },
): ReplicaPlan {
  if (owner.metadata.deletionTimestamp !== undefined) return { create: 0, remove: [] }

  const surplus = active.length - owner.spec.replicas
  if (surplus <= 0) return { create: Math.min(-surplus, BURST), remove: [] }
  const ranked = rankByNode(active, related()).toSorted(byExpendability(nowMs))
  const remove = ranked.slice(0, Math.min(surplus, BURST)).map(({ pod }) => pod)
  return { create: 0, remove }
}

export interface ReplicaObservation {
  /** The Pods that count. */
  readonly active: readonly Pod[]
  /** All Pods that the owner has, whatever their state. */
  readonly owned: readonly Pod[]
  /** What kept the plan from being carried out. */
  readonly failure?: Error | undefined
  /** Whether it was creating, or deleting, that failed. */
  readonly failed?: 'create' | 'delete'
  readonly nowMs: number
  readonly timestamp: string
}

/** What the status should say. */
export function replicaStatus(
  { metadata, spec, status }: ReplicaOwner,
  { active, owned, failure, failed = 'create', nowMs, timestamp }: ReplicaObservation,
): ReplicaStatus {
  const { minReadySeconds = 0, template } = spec
  const labels = Object.entries(template?.metadata.labels ?? {})
  let [labeled, ready, available] = [0, 0, 0]
  // In one go: what takes the time is that thousands of Pods are fetched from memory.
  for (const pod of active) {
    if (hasLabels(pod, labels)) labeled += 1
    if (!isPodReady(pod)) continue
    ready += 1
    if (minReadySeconds === 0 || isPodAvailable(pod, minReadySeconds, nowMs)) available += 1
  }
  // Those that are active are not terminating.
  const terminating = owned.length === active.length ? 0 : owned.filter(isTerminating).length
  const conditions = failure
    ? setFailure(status, failure, failed, timestamp)
    : removeCondition(status.conditions, 'ReplicaFailure')
  return {
    replicas: active.length,
    ...nonZero({
      fullyLabeledReplicas: labeled,
      readyReplicas: ready,
      availableReplicas: available,
      observedGeneration: metadata.generation ?? 0,
    }),
    terminatingReplicas: terminating,
    ...(conditions.length > 0 && { conditions }),
  }
}

function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isPodTerminal(pod)
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

function hasLabels({ metadata }: Pod, labels: readonly (readonly [string, string])[]): boolean {
  return labels.every(([key, value]) => metadata.labels?.[key] === value)
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
