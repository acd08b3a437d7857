import type { DaemonSet } from '../../api/apps/v1/daemon-set.ts'
import { availableAt, isPodAvailable, isPodReady } from '../../api/core/v1/pod-conditions.ts'
import { byAge, isOfRevision, type DaemonContext, type NodePods } from './daemon-plan.ts'
import { placementOn } from './daemon-pods.ts'

export type DaemonStatus = DaemonSet['status']

/** What the status should say. */
export function daemonStatus(
  daemonSet: DaemonSet,
  onNodes: readonly NodePods[],
  { hash, nowMs }: DaemonContext,
): DaemonStatus {
  const { metadata, spec, status } = daemonSet
  const { minReadySeconds = 0 } = spec
  let [desired, current, misplaced, ready, available, updated] = [0, 0, 0, 0, 0, 0]
  for (const { node, pods } of onNodes) {
    const [first] = pods.toSorted(byAge)
    if (!placementOn(daemonSet, node).run) {
      if (first) misplaced += 1
      continue
    }
    desired += 1
    if (!first) continue
    current += 1
    if (isPodReady(first)) ready += 1
    if (isPodAvailable(first, minReadySeconds, nowMs)) available += 1
    // While surging, the new Pod is the younger one.
    if (pods.some((pod) => isOfRevision(pod, hash))) updated += 1
  }
  const counts = {
    observedGeneration: metadata.generation ?? 0,
    updatedNumberScheduled: updated,
    numberAvailable: available,
    numberUnavailable: desired - available,
  }
  return {
    currentNumberScheduled: current,
    numberMisscheduled: misplaced,
    desiredNumberScheduled: desired,
    numberReady: ready,
    ...(Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as object),
    ...(status.collisionCount !== undefined && { collisionCount: status.collisionCount }),
    ...(status.conditions && { conditions: status.conditions }),
  }
}

/** How long until another Pod has been ready for long enough, in milliseconds; undefined where none is on the way. */
export function msUntilAvailable(
  { spec }: DaemonSet,
  onNodes: readonly NodePods[],
  nowMs: number,
): number | undefined {
  const { minReadySeconds = 0 } = spec
  if (minReadySeconds === 0) return undefined
  const times = onNodes
    .flatMap(({ pods }) => pods)
    .map((pod) => availableAt(pod, minReadySeconds))
    .filter((at) => at !== undefined && at > nowMs) as number[]
  return times.length === 0 ? undefined : Math.min(...times) - nowMs
}
