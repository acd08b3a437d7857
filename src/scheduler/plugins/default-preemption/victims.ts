import type { PodDisruptionBudget } from '../../../api/policy/v1/pod-disruption-budget.ts'
import { matches, selectorFrom } from '../../../apimachinery/labels.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import type { PodInfo } from '../../cache/pod-info.ts'
import { filterWithNominated } from '../../cycle/filter.ts'
import type { Nominator } from '../../cycle/nominator.ts'
import type { CycleState } from '../../framework/cycle-state.ts'
import type { Profile } from '../../framework/profile.ts'
import { unresolvable, type Status } from '../../framework/status.ts'

/** Who must leave a node for a Pod to fit, the most important first. */
export interface Candidate {
  readonly nodeName: string
  readonly victims: readonly PodInfo[]
  /** How many of them a disruption budget would keep. */
  readonly violations: number
}

export interface Trial {
  readonly profile: Profile
  readonly nominator: Nominator
  readonly state: CycleState
  readonly pod: PodInfo
  readonly budgets: readonly PodDisruptionBudget[]
}

const NOBODY = unresolvable('No preemption victims found for incoming pod')

/**
 * The fewest Pods of lower priority that must leave. All of them go at first; then as many as possible come back, those
 * that a budget protects before the others, the important ones first.
 */
export function selectVictims(trial: Trial, original: NodeInfo): Candidate | Status {
  const { profile, nominator, pod, budgets } = trial
  const lower = [...original.pods()].filter(({ priority }) => priority < pod.priority)
  if (lower.length === 0) return NOBODY
  const node = original.clone()
  const state = trial.state.clone()
  const remove = (each: PodInfo): void => {
    node.removePod(each.uid)
    profile.removePod(state, pod, each, node)
  }
  for (const each of lower) remove(each)
  const status = filterWithNominated(profile, nominator, state, pod, node)
  if (status) return status

  const victims: PodInfo[] = []
  const reprieve = (each: PodInfo): boolean => {
    node.addPod(each)
    profile.addPod(state, pod, each, node)
    if (!filterWithNominated(profile, nominator, state, pod, node)) return true
    remove(each)
    victims.push(each)
    return false
  }
  const { violating, free } = splitByBudget(lower.toSorted(byImportance), budgets)
  let violations = 0
  for (const each of violating) if (!reprieve(each)) violations += 1
  for (const each of free) reprieve(each)
  return { nodeName: node.name, victims: victims.toSorted(byImportance), violations }
}

/** Higher priority first; among equals, who has run longer. */
export function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startMs(a) - startMs(b)
}

export function startMs({ pod: { status } }: PodInfo): number {
  return status.startTime === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(status.startTime)
}

function splitByBudget(
  pods: readonly PodInfo[],
  budgets: readonly PodDisruptionBudget[],
): { readonly violating: readonly PodInfo[]; readonly free: readonly PodInfo[] } {
  if (budgets.length === 0) return { violating: [], free: pods }
  const allowed = budgets.map(({ status }) => status.disruptionsAllowed)
  const violating: PodInfo[] = []
  const free: PodInfo[] = []
  for (const each of pods) {
    let violates = false
    for (const [i, budget] of budgets.entries()) {
      if (!protects(budget, each)) continue
      allowed[i]! -= 1
      if (allowed[i]! < 0) violates = true
    }
    ;(violates ? violating : free).push(each)
  }
  return { violating, free }
}

function protects({ metadata, spec, status }: PodDisruptionBudget, { pod }: PodInfo): boolean {
  const { labels, namespace, name } = pod.metadata
  if (metadata.namespace !== namespace || !labels || Object.keys(labels).length === 0) return false
  const selector = selectorFrom(spec.selector)
  // An empty selector protects nothing here, and Pods whose eviction is decided are counted already.
  if (selector.requirements.length === 0 || !matches(selector, labels)) return false
  return !Object.hasOwn(status.disruptedPods ?? {}, name)
}

const OFFSET = 2 ** 31 // Makes all priorities positive, so that fewer Pods of low priority are less.

/** The node whose victims matter least. */
export function pickCandidate(candidates: readonly Candidate[]): Candidate {
  const costs: readonly ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => victims[0]!.priority,
    ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + OFFSET, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -earliestStartMs(victims),
  ]
  let left = candidates
  for (const cost of costs) {
    const values = left.map(cost)
    const least = values.reduce((a, b) => Math.min(a, b))
    left = left.filter((_, i) => values[i] === least)
    if (left.length === 1) break
  }
  return left[0]!
}

function earliestStartMs(victims: readonly PodInfo[]): number {
  const highest = victims[0]!.priority
  return victims
    .filter(({ priority }) => priority === highest)
    .reduce((least, each) => Math.min(least, startMs(each)), Infinity)
}
