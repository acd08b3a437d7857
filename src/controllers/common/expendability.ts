import type { ContainerStatus } from '../../api/core/v1/common.ts'
import { isPodReady, podCondition } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'

export const POD_DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

/** A Pod, and how many Pods of the same kind run on its node. */
export interface RankedPod {
  readonly pod: Pod
  readonly rank: number
}

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }

/**
 * Orders Pods so that those whose loss hurts least go first: not placed before placed, not running before running, not
 * ready before ready, cheap before costly, those that share their node with others of their kind, young before old by
 * orders of magnitude, often restarted before stable.
 * See https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-a-replicaset
 */
export function byExpendability(nowMs: number): (a: RankedPod, b: RankedPod) => number {
  return (a, b) =>
    isPlaced(a.pod) - isPlaced(b.pod) ||
    phaseOrder(a.pod) - phaseOrder(b.pod) ||
    Number(isPodReady(a.pod)) - Number(isPodReady(b.pod)) ||
    deletionCost(a.pod) - deletionCost(b.pod) ||
    b.rank - a.rank ||
    compareReadyTimes(a.pod, b.pod, nowMs) ||
    maxRestarts(b.pod) - maxRestarts(a.pod) ||
    compareAges(createdMs(a.pod), createdMs(b.pod), nowMs) ||
    compareText(a.pod.metadata.uid, b.pod.metadata.uid)
}

function isPlaced({ spec }: Pod): number {
  return spec.nodeName ? 1 : 0
}

function phaseOrder({ status }: Pod): number {
  return PHASE_ORDER[status.phase] ?? 0
}

function deletionCost({ metadata }: Pod): number {
  const text = metadata.annotations?.[POD_DELETION_COST]
  return text !== undefined && /^(?:0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0
}

function compareReadyTimes(a: Pod, b: Pod, nowMs: number): number {
  if (!isPodReady(a) || !isPodReady(b)) return 0
  const [left, right] = [a, b].map((pod) => {
    const time = podCondition(pod.status, 'Ready')?.lastTransitionTime
    return time === undefined ? undefined : Date.parse(time)
  })
  return compareAges(left, right, nowMs)
}

function createdMs({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp)
}

// Ages that are of the same order of magnitude count as equal (KEP-2185), so that a surplus is not always taken from
// the newest nodes.
function compareAges(a: number | undefined, b: number | undefined, nowMs: number): number {
  if (a === b) return 0
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1
  return magnitude(nowMs - a) - magnitude(nowMs - b)
}

function magnitude(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1
}

function maxRestarts({ status }: Pod): number {
  const all: readonly ContainerStatus[] = status.containerStatuses ?? []
  return Math.max(0, ...all.map(({ restartCount }) => restartCount))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The Pods with the number of `related` Pods on the node of each. */
export function rankByNode(pods: readonly Pod[], related: readonly Pod[]): readonly RankedPod[] {
  const onNode = new Map<string, number>()
  for (const { spec } of related) {
    if (spec.nodeName) onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1)
  }
  return pods.map((pod) => ({ pod, rank: onNode.get(pod.spec.nodeName ?? '') ?? 0 }))
}
