import { isPodReady } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { PodDisruptionBudget } from '../../api/policy/v1/pod-disruption-budget.ts'
import { scaledValue } from '../../apimachinery/int-or-string.ts'

/** How long an evicted Pod may take to be seen deleted. */
const DELETION_MS = 120_000

type Status = PodDisruptionBudget['status']

export interface BudgetFacts {
  /** The Pods that the budget covers. */
  readonly pods: readonly Pod[]
  /** How many Pods their controllers want in all. */
  readonly scale: number
  readonly nowMs: number
  readonly now: string
}

/** What the status of a budget should say. See https://kubernetes.io/docs/tasks/run-application/configure-pdb/ */
export function budgetStatus(budget: PodDisruptionBudget, facts: BudgetFacts): Status {
  const { metadata, status } = budget
  const disruptedPods = stillDisrupted(status, facts)
  const { expectedPods, desiredHealthy } = wanted(budget, facts)
  const currentHealthy = facts.pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      !Object.hasOwn(disruptedPods, pod.metadata.name) &&
      isPodReady(pod),
  ).length
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy)
  const counted = {
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
  }
  return { ...counted, conditions: conditionsOf(budget, disruptionsAllowed > 0, facts.now) }
}

/** How many Pods there should be, and how many of them must be healthy. */
function wanted(
  { spec }: PodDisruptionBudget,
  { pods, scale }: BudgetFacts,
): { readonly expectedPods: number; readonly desiredHealthy: number } {
  const { maxUnavailable, minAvailable } = spec
  if (maxUnavailable !== undefined) {
    const away = scaledValue(maxUnavailable, scale, 'up')
    return { expectedPods: scale, desiredHealthy: Math.max(0, scale - away) }
  }
  if (minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0 }
  // A number says all by itself; only a share needs to know of how many.
  if (typeof minAvailable === 'number') {
    return { expectedPods: pods.length, desiredHealthy: minAvailable }
  }
  return { expectedPods: scale, desiredHealthy: scaledValue(minAvailable, scale, 'up') }
}

/** The Pods whose eviction was granted, and which are neither gone nor spared since. */
function stillDisrupted(
  { disruptedPods = {} }: Status,
  { pods, nowMs }: BudgetFacts,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(disruptedPods).filter(([name, time]) => {
      const pod = pods.find(({ metadata }) => metadata.name === name)
      if (!pod || pod.metadata.deletionTimestamp !== undefined) return false
      return Date.parse(time) + DELETION_MS > nowMs
    }),
  )
}

/** Pods whose eviction was granted, and which were not deleted after all. */
export function sparedPods({ status }: PodDisruptionBudget, facts: BudgetFacts): readonly Pod[] {
  const { disruptedPods = {} } = status
  return facts.pods.filter(({ metadata }) => {
    const time = Object.hasOwn(disruptedPods, metadata.name) && disruptedPods[metadata.name]
    if (!time || metadata.deletionTimestamp !== undefined) return false
    return Date.parse(time) + DELETION_MS <= facts.nowMs
  })
}

/** How long until the next of the granted evictions is given up, in milliseconds. */
export function msUntilSpared({ disruptedPods = {} }: Status, nowMs: number): number | undefined {
  const times = Object.values(disruptedPods).map((time) => Date.parse(time) + DELETION_MS - nowMs)
  return times.length === 0 ? undefined : Math.max(0, Math.min(...times))
}

function conditionsOf(
  { metadata, status }: PodDisruptionBudget,
  isAllowed: boolean,
  now: string,
): NonNullable<Status['conditions']> {
  const type = 'DisruptionAllowed'
  const before = status.conditions?.find((each) => each.type === type)
  const holds = isAllowed ? 'True' : 'False'
  const condition = {
    type,
    status: holds,
    reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    lastTransitionTime: before?.status === holds ? before.lastTransitionTime : now,
  }
  return [...(status.conditions ?? []).filter((each) => each.type !== type), condition]
}
