import type { DaemonSet } from '../../api/apps/v1/daemon-set.ts'
import { isPodAvailable } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { scaledValue } from '../../apimachinery/int-or-string.ts'
import { byAge, isOfRevision, type DaemonContext, type NodePods } from './daemon-plan.ts'
import { placementOn } from './daemon-pods.ts'

export interface UpdateLimits {
  readonly surge: number
  readonly unavailable: number
}

/** How many nodes may run two Pods, or none that is available, during an update: both rounded up. */
export function updateLimits({ spec }: DaemonSet, desiredNodes: number): UpdateLimits {
  const { maxSurge = 0, maxUnavailable = 1 } = spec.updateStrategy.rollingUpdate ?? {}
  const surge = scaledValue(maxSurge, desiredNodes, 'up')
  const unavailable = scaledValue(maxUnavailable, desiredNodes, 'up')
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

export interface UpdatePlan {
  readonly create: readonly string[]
  readonly remove: readonly Pod[]
}

interface UpdatedPods {
  readonly nodeName: string
  readonly current: Pod | undefined
  readonly old: Pod | undefined
}

/** The next step of a rolling update: which old Pods to give up, or where to start new ones beside them. */
export function planUpdate(
  daemonSet: DaemonSet,
  onNodes: readonly NodePods[],
  limits: UpdateLimits,
  context: DaemonContext,
): UpdatePlan {
  const pairs = onNodes.flatMap((each) => pairOn(daemonSet, each, context.hash) ?? [])
  const isAvailable = (pod: Pod): boolean =>
    isPodAvailable(pod, daemonSet.spec.minReadySeconds ?? 0, context.nowMs)
  return limits.surge === 0
    ? replaceInPlace(pairs, limits.unavailable, isAvailable)
    : replaceBeside(pairs, limits.surge, isAvailable)
}

/** The Pods of a node by their template; undefined where the node is not the set's, or has too many of them. */
function pairOn(
  daemonSet: DaemonSet,
  { node, pods }: NodePods,
  hash: string,
): UpdatedPods | undefined {
  if (pods.length > 0 && !placementOn(daemonSet, node).stay) return undefined
  if (pods.length === 0 && !placementOn(daemonSet, node).run) return undefined
  const present = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .toSorted(byAge)
  const current = present.filter((pod) => isOfRevision(pod, hash))
  const old = present.filter((pod) => !isOfRevision(pod, hash))
  if (current.length > 1 || old.length > 1) return undefined
  return { nodeName: node.metadata.name, current: current[0], old: old[0] }
}

function replaceInPlace(
  pairs: readonly UpdatedPods[],
  maxUnavailable: number,
  isAvailable: (pod: Pod) => boolean,
): UpdatePlan {
  const olds = pairs.flatMap(({ current, old }) => (old && !current ? [old] : []))
  // Those that serve nobody can go at once.
  const useless = olds.filter((pod) => !isAvailable(pod))
  const missing = pairs.filter(
    ({ current, old }) => Boolean(current) === Boolean(old) || (current && !isAvailable(current)),
  ).length
  const spare = Math.max(0, maxUnavailable - useless.length - missing)
  const useful = olds.filter((pod) => !useless.includes(pod))
  return { create: [], remove: [...useless, ...useful.slice(0, spare)] }
}

function replaceBeside(
  pairs: readonly UpdatedPods[],
  maxSurge: number,
  isAvailable: (pod: Pod) => boolean,
): UpdatePlan {
  const waiting = pairs.filter(({ current, old }) => old && !current)
  const urgent = waiting.filter(({ old }) => !isAvailable(old!))
  const doubled = pairs.filter(({ current, old }) => old && current)
  const finished = doubled.filter(({ current, old }) => isAvailable(current!) || !isAvailable(old!))
  const spare = Math.max(0, maxSurge - (doubled.length - finished.length))
  const next = waiting.filter((each) => !urgent.includes(each)).slice(0, spare)
  return {
    create: [...urgent, ...next].map(({ nodeName }) => nodeName),
    remove: finished.map(({ old }) => old!),
  }
}
