import type { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import { availableAt, isPodAvailable } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { isRunningAndReady, isTerminating } from './stateful-plan.ts'
import { revisionNameOf } from './stateful-pods.ts'

export interface Revisions {
  readonly current: string
  readonly update: string
}

/** What the status should say. When all Pods are of the new revision and ready, it becomes the current one. */
export function statefulStatus(
  { metadata, spec, status }: StatefulSet,
  pods: readonly Pod[],
  { current, update }: Revisions,
  nowMs: number,
): StatefulSet['status'] {
  const ready = pods.filter(isRunningAndReady)
  const staying = pods.filter((pod) => !isTerminating(pod))
  const countOf = (revision: string): number =>
    staying.filter((pod) => revisionNameOf(pod) === revision).length
  const updated = countOf(update)
  const isComplete =
    spec.updateStrategy.type !== 'OnDelete' &&
    updated === spec.replicas &&
    ready.length === spec.replicas &&
    pods.length === spec.replicas
  const currentRevision = isComplete ? update : current
  const counts = {
    observedGeneration: metadata.generation ?? 0,
    readyReplicas: ready.length,
    currentReplicas: countOf(currentRevision),
    updatedReplicas: updated,
  }
  return {
    replicas: pods.length,
    ...(Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as object),
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, spec.minReadySeconds ?? 0, nowMs))
      .length,
    currentRevision,
    updateRevision: update,
    collisionCount: status.collisionCount ?? 0,
    ...(status.conditions && { conditions: status.conditions }),
  }
}

/** How long until another Pod has been ready for long enough, in milliseconds; undefined where none is on the way. */
export function msUntilAvailable(
  { spec }: StatefulSet,
  pods: readonly Pod[],
  nowMs: number,
): number | undefined {
  const { minReadySeconds = 0 } = spec
  if (minReadySeconds === 0) return undefined
  const times = pods
    .map((pod) => availableAt(pod, minReadySeconds))
    .filter((at) => at !== undefined && at > nowMs) as number[]
  return times.length === 0 ? undefined : Math.min(...times) - nowMs
}
