import { podCondition } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'

const CPU_STARTUP_MS = 300_000 // While a Pod starts, its CPU usage says little of its load.
const FIRST_READINESS_MS = 30_000

/** What a Pod uses of a resource, in thousandths. */
export interface Usage {
  readonly value: number
  readonly atMs: number
  readonly windowMs: number
}

export interface CalculationInput {
  readonly resource: string
  readonly pods: readonly Pod[]
  readonly usageOf: (pod: Pod) => Usage | undefined
  readonly nowMs: number
  readonly currentReplicas: number
  /** The share by which a metric may be off its target without any change. */
  readonly tolerance: Tolerance
  /** What a Pod should use, in thousandths, or in percent of what it requests. */
  readonly target:
    | { readonly type: 'average'; readonly value: number }
    | {
        readonly type: 'utilization'
        readonly percent: number
        readonly requestOf: (pod: Pod) => number
      }
}

export interface Tolerance {
  readonly up: number
  readonly down: number
}

export interface Calculation {
  readonly replicas: number
  /** The average usage, in thousandths. */
  readonly average: number
  readonly utilization?: number
}

/** No Pod has told anything of use. */
export class NoMetricsError extends Error {
  override readonly name = 'NoMetricsError'
}

/**
 * How many Pods it takes to bring their average usage to the target. Pods that have told nothing are taken for what
 * makes the change smaller. See
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
export function calculateReplicas(input: CalculationInput): Calculation {
  const { currentReplicas, tolerance } = input
  const { ready, unready, missing } = groupPods(input)
  if (ready.size === 0) {
    throw new NoMetricsError('did not receive metrics for targeted pods (pods might be unready)')
  }
  const first = ratioOf(input, ready)
  const result = (replicas: number): Calculation => ({
    replicas,
    average: first.average,
    ...(first.utilization !== undefined && { utilization: first.utilization }),
  })
  const grows = first.ratio > 1
  if (!(unready.length > 0 && grows) && missing.length === 0) {
    if (isWithin(tolerance, first.ratio)) return result(currentReplicas)
    return result(Math.ceil(round(first.ratio * ready.size)))
  }
  const all = new Map(ready)
  for (const pod of missing) all.set(pod, grows ? 0 : atTarget(input, pod))
  if (grows) for (const pod of unready) all.set(pod, 0)
  const { ratio } = ratioOf(input, all)
  const hasTurned = (first.ratio < 1 && ratio > 1) || (grows && ratio < 1)
  if (isWithin(tolerance, ratio) || hasTurned) return result(currentReplicas)
  const replicas = Math.ceil(round(ratio * all.size))
  const isOpposite = ratio < 1 ? replicas > currentReplicas : replicas < currentReplicas
  return result(isOpposite ? currentReplicas : replicas)
}

interface Groups {
  readonly ready: ReadonlyMap<Pod, number>
  readonly unready: readonly Pod[]
  readonly missing: readonly Pod[]
}

function groupPods(input: CalculationInput): Groups {
  const ready = new Map<Pod, number>()
  const unready: Pod[] = []
  const missing: Pod[] = []
  for (const pod of input.pods) {
    if (pod.metadata.deletionTimestamp !== undefined || pod.status.phase === 'Failed') continue
    const usage = input.usageOf(pod)
    if (pod.status.phase === 'Pending') unready.push(pod)
    else if (!usage) missing.push(pod)
    else if (input.resource === 'cpu' && isStarting(pod, usage, input.nowMs)) unready.push(pod)
    else ready.set(pod, usage.value)
  }
  return { ready, unready, missing }
}

function isStarting({ status }: Pod, { atMs, windowMs }: Usage, nowMs: number): boolean {
  const condition = podCondition(status, 'Ready')
  if (!condition || status.startTime === undefined) return true
  const startMs = Date.parse(status.startTime)
  const changedMs = Date.parse(condition.lastTransitionTime ?? '') || 0
  const isUnready = condition.status === 'False'
  // What was measured before it became ready is of its start.
  if (startMs + CPU_STARTUP_MS > nowMs) return isUnready || atMs < changedMs + windowMs
  return isUnready && startMs + FIRST_READINESS_MS > changedMs
}

function ratioOf(
  { target }: CalculationInput,
  usages: ReadonlyMap<Pod, number>,
): { readonly ratio: number; readonly average: number; readonly utilization?: number } {
  const total = [...usages.values()].reduce((sum, value) => sum + value, 0)
  const average = Math.floor(total / usages.size)
  if (target.type === 'average') return { ratio: average / target.value, average }
  const requested = [...usages.keys()].reduce((sum, pod) => sum + target.requestOf(pod), 0)
  if (requested === 0) {
    throw new NoMetricsError('no metrics returned matched known pods')
  }
  const utilization = Math.floor((total * 100) / requested)
  return { ratio: utilization / target.percent, average, utilization }
}

/** What a Pod of which nothing is known is taken to use when there may be too many. */
function atTarget({ target }: CalculationInput, pod: Pod): number {
  if (target.type === 'average') return target.value
  return (target.requestOf(pod) * Math.max(100, target.percent)) / 100
}

function isWithin({ up, down }: Tolerance, ratio: number): boolean {
  return ratio >= 1 - down && ratio <= 1 + up
}

/** How many Pods it takes for each to have its share of a value: `average` of it. */
export function replicasForAverage(
  value: number,
  average: number,
  current: number,
  tolerance: Tolerance,
): number {
  const isNear = current > 0 && isWithin(tolerance, value / (average * current))
  return isNear ? current : Math.ceil(round(value / average))
}

/** How many Pods it takes to bring a value that all of them bear to its target. */
export function replicasForTotal(
  value: number,
  target: number,
  { current, ready }: { readonly current: number; readonly ready: number },
  tolerance: Tolerance,
): number {
  const ratio = value / target
  if (current === 0) return Math.ceil(round(ratio))
  return isWithin(tolerance, ratio) ? current : Math.ceil(round(ratio * ready))
}

// Keeps what binary fractions add from making one Pod more.
function round(value: number): number {
  return Math.round(value * 1e9) / 1e9
}
