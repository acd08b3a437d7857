import type { NodeInfo } from '../../cache/node-info.ts'
import type { PodInfo } from '../../cache/pod-info.ts'
import { MAX_SCORE } from '../../framework/plugin.ts'

export interface ResourceSpec {
  readonly name: string
  readonly weight?: number
}

export interface ShapePoint {
  /** How much of the resource is used, in percent. */
  readonly utilization: number
  /** 0 to 10. */
  readonly score: number
}

export interface ScoringStrategy {
  readonly type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio'
  readonly resources?: readonly ResourceSpec[]
  /** For RequestedToCapacityRatio. */
  readonly requestedToCapacityRatio?: { readonly shape?: readonly ShapePoint[] }
}

export const DEFAULT_RESOURCES: readonly ResourceSpec[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
]

type Rate = (requested: number, allocatable: number) => number

/** The score, 0…100, of a node that would have the Pod. */
export function scorer(strategy: ScoringStrategy): (pod: PodInfo, node: NodeInfo) => number {
  const { resources = DEFAULT_RESOURCES } = strategy
  const rate = rateOf(strategy)
  // Only upstream's third strategy rounds to nearest.
  const round = strategy.type === 'RequestedToCapacityRatio' ? Math.round : Math.trunc
  const skipsZero = strategy.type === 'RequestedToCapacityRatio'
  return (pod, node) => {
    let [sum, weights] = [0, 0]
    for (const { name, weight = 1 } of resources) {
      const allocatable = node.allocatable.get(name)
      if (allocatable === 0) continue
      if (isExtended(name) && pod.requests.get(name) === 0) continue
      const score = rate(requestedWith(pod, node, name), allocatable)
      if (skipsZero && score <= 0) continue
      sum += score * weight
      weights += weight
    }
    return weights === 0 ? 0 : round(sum / weights)
  }
}

/** What would be asked of the node with the Pod, where asking for nothing counts as a little. */
export function requestedWith(pod: PodInfo, node: NodeInfo, name: string): number {
  if (name === 'cpu') return node.nonZeroCPU + pod.nonZeroCPU
  if (name === 'memory') return node.nonZeroMemory + pod.nonZeroMemory
  return node.requested.get(name) + pod.requests.get(name)
}

/** Resources that mean nothing to a Pod that does not ask for them. */
export function isExtended(name: string): boolean {
  return name !== 'cpu' && name !== 'memory' && name !== 'ephemeral-storage'
}

function rateOf({ type, requestedToCapacityRatio }: ScoringStrategy): Rate {
  switch (type) {
    case 'LeastAllocated':
      return (requested, allocatable) =>
        requested > allocatable
          ? 0
          : Math.trunc(((allocatable - requested) * MAX_SCORE) / allocatable)
    case 'MostAllocated':
      return (requested, allocatable) =>
        Math.trunc((Math.min(requested, allocatable) * MAX_SCORE) / allocatable)
    case 'RequestedToCapacityRatio': {
      const shape = brokenLine(requestedToCapacityRatio?.shape ?? [])
      return (requested, allocatable) =>
        requested > allocatable ? shape(100) : shape(Math.trunc((requested * 100) / allocatable))
    }
    default:
      return type satisfies never
  }
}

/** The line through the points, level beyond them; scores of 0…10 become 0…100. */
function brokenLine(shape: readonly ShapePoint[]): (utilization: number) => number {
  const points = shape.map(({ utilization, score }) => ({ utilization, score: score * 10 }))
  return (utilization) => {
    const i = points.findIndex((point) => utilization <= point.utilization)
    if (i < 0) return points.at(-1)?.score ?? 0
    const to = points[i]!
    if (i === 0) return to.score
    const from = points[i - 1]!
    const share =
      ((to.score - from.score) * (utilization - from.utilization)) /
      (to.utilization - from.utilization)
    return from.score + Math.trunc(share)
  }
}
