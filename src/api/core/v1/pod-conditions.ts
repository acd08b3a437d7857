import { findCondition, isConditionTrue, sinceThen } from '../../meta/v1/conditions.ts'
import type { PodCondition, PodStatus } from './common.ts'
import type { Pod } from './pod.ts'

type Status = Pick<PodStatus, 'conditions'>

/** A condition of a Pod by its type, such as `Ready`. */
export function podCondition(status: Status, type: string): PodCondition | undefined {
  return findCondition(status.conditions, type)
}

/** Whether the Pod takes traffic: all its containers and readiness gates are ready. */
export function isPodReady({ status }: Pick<Pod, 'status'>): boolean {
  return isConditionTrue(status.conditions, 'Ready')
}

/** Milliseconds since the epoch at which the Pod has been ready for long enough; undefined while it is not ready. */
export function availableAt(
  { status }: Pick<Pod, 'status'>,
  minReadySeconds: number,
): number | undefined {
  const ready = podCondition(status, 'Ready')
  if (ready?.status !== 'True') return undefined
  if (minReadySeconds === 0) return 0
  const { lastTransitionTime } = ready
  return lastTransitionTime === undefined
    ? undefined
    : Date.parse(lastTransitionTime) + minReadySeconds * 1000
}

/** Whether the Pod has been ready for long enough to count on it. */
export function isPodAvailable(
  pod: Pick<Pod, 'status'>,
  minReadySeconds: number,
  nowMs: number,
): boolean {
  const at = availableAt(pod, minReadySeconds)
  return at !== undefined && at <= nowMs
}

/** Whether all containers have ended, for good. */
export function isPodTerminal({ status }: Pick<Pod, 'status'>): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed'
}

/** Whether the Pod counts as one of its owner's: it has not ended and is not being deleted. */
export function isPodActive(pod: Pick<Pod, 'status' | 'metadata'>): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined
}

/** The conditions with one set, its transition time kept where the status is the same. The same list where nothing changes. */
export function withCondition(
  conditions: readonly PodCondition[] | undefined,
  condition: PodCondition,
): readonly PodCondition[] {
  const before = findCondition(conditions, condition.type)
  if (!before) return [...(conditions ?? []), condition]
  const kept = sinceThen(condition, before)
  const isSame = (Object.keys({ ...before, ...kept }) as (keyof PodCondition)[]).every(
    (key) => before[key] === kept[key],
  )
  return isSame ? conditions! : conditions!.map((each) => (each === before ? kept : each))
}
