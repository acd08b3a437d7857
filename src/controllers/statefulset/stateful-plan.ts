import type { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import { isPodAvailable, isPodReady, isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { scaledValue } from '../../apimachinery/int-or-string.ts'
import { firstOrdinal, ordinalOf, revisionNameOf } from './stateful-pods.ts'

export type Step =
  | { readonly type: 'create'; readonly ordinal: number; readonly revision: 'current' | 'update' }
  /** It has ended, and is made anew. */
  | { readonly type: 'recreate'; readonly pod: Pod }
  | { readonly type: 'scale down'; readonly pod: Pod }
  /** It is of an old revision, and is made anew of the new one. */
  | { readonly type: 'update'; readonly pod: Pod }

export interface StatefulContext {
  /** The name of the revision that Pods are to be of. */
  readonly updateRevision: string
  readonly nowMs: number
}

/**
 * What to do next. With OrderedReady that is one step at most, and none before each Pod with a lower ordinal runs and is
 * ready; with Parallel it is everything at once. Updates go from the highest ordinal down.
 * See https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#deployment-and-scaling-guarantees
 */
export function planStatefulSet(
  set: StatefulSet,
  pods: readonly Pod[],
  context: StatefulContext,
): readonly Step[] {
  if (set.metadata.deletionTimestamp !== undefined) return []
  const isOrdered = set.spec.podManagementPolicy !== 'Parallel'
  const wait = isOrdered ? waitOrdered(set, context) : () => false
  const { replicas, condemned } = byOrdinal(set, pods)

  const steps: Step[] = []
  for (const { ordinal, pod } of replicas) {
    const step = stepFor(set, ordinal, pod)
    if (step) steps.push(step)
    if (isOrdered && (step || wait(pod!))) return steps
  }
  const firstUnhealthy = condemned.findLast((pod) => !isHealthy(pod))
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (isOrdered) return steps
      continue
    }
    // One that is not well must not be passed by, unless it is the lowest of those, which is given up first of all.
    if (wait(pod) && pod !== firstUnhealthy) return steps
    steps.push({ type: 'scale down', pod })
    if (isOrdered) return steps
  }
  return [...steps, ...planUpdates(set, replicas, context)]
}

interface Replica {
  readonly ordinal: number
  readonly pod: Pod | undefined
}

/** The ordinals that there should be, lowest first, and the Pods beyond them, highest first. */
function byOrdinal(
  set: StatefulSet,
  pods: readonly Pod[],
): { readonly replicas: readonly Replica[]; readonly condemned: readonly Pod[] } {
  const known = new Map(pods.map((pod) => [ordinalOf(set, pod) ?? -1, pod]))
  const first = firstOrdinal(set)
  const replicas = Array.from({ length: set.spec.replicas }, (_, i) => ({
    ordinal: first + i,
    pod: known.get(first + i),
  }))
  const condemned = [...known]
    .filter(([ordinal]) => ordinal < first || ordinal >= first + set.spec.replicas)
    .toSorted(([a], [b]) => b - a)
    .map(([, pod]) => pod)
  return { replicas, condemned }
}

function stepFor(set: StatefulSet, ordinal: number, pod: Pod | undefined): Step | undefined {
  if (!pod) {
    const isOld = ordinal < firstOrdinal(set) + partitionOf(set)
    return { type: 'create', ordinal, revision: isOld ? 'current' : 'update' }
  }
  if (isPodTerminal(pod) && !isTerminating(pod)) return { type: 'recreate', pod }
  return undefined
}

function waitOrdered(set: StatefulSet, { nowMs }: StatefulContext): (pod: Pod) => boolean {
  return (pod) => isUnavailable(set, pod, nowMs)
}

function isUnavailable({ spec }: StatefulSet, pod: Pod | undefined, nowMs: number): boolean {
  return !pod || !isHealthy(pod) || !isPodAvailable(pod, spec.minReadySeconds ?? 0, nowMs)
}

/** How many of the Pods that there should be are missing, going, or not available. */
export function countUnavailable(set: StatefulSet, pods: readonly Pod[], nowMs: number): number {
  return byOrdinal(set, pods).replicas.filter(({ pod }) => isUnavailable(set, pod, nowMs)).length
}

function planUpdates(
  set: StatefulSet,
  replicas: readonly Replica[],
  { updateRevision, nowMs }: StatefulContext,
): readonly Step[] {
  if (set.spec.updateStrategy.type === 'OnDelete') return []
  const isAway = ({ pod }: Replica): boolean => isUnavailable(set, pod, nowMs)
  const isOld = ({ pod }: Replica): boolean =>
    pod !== undefined && revisionNameOf(pod) !== updateRevision && !isTerminating(pod)
  const lowest = firstOrdinal(set) + partitionOf(set)
  const targets = replicas.filter(({ ordinal }) => ordinal >= lowest).toReversed()

  // An old Pod that is away already costs nothing to replace; what else is away counts against the limit.
  let left = maxUnavailable(set) - replicas.filter((each) => isAway(each) && !isOld(each)).length
  const steps: Step[] = []
  for (const target of targets) {
    if (left <= 0) break
    if (!isOld(target)) continue
    steps.push({ type: 'update', pod: target.pod! })
    left -= 1
  }
  return steps
}

function partitionOf({ spec }: StatefulSet): number {
  return spec.updateStrategy.rollingUpdate?.partition ?? 0
}

/** How many Pods may be unavailable while the set is updated. */
export function maxUnavailable({ spec }: StatefulSet): number {
  const { maxUnavailable: limit = 1 } = spec.updateStrategy.rollingUpdate ?? {}
  return Math.max(1, scaledValue(limit, spec.replicas, 'down'))
}

export function isTerminating({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status.phase === 'Running' && isPodReady(pod)
}

function isHealthy(pod: Pod): boolean {
  return isRunningAndReady(pod) && !isTerminating(pod)
}
