import type { DaemonSet } from '../../api/apps/v1/daemon-set.ts'
import { isPodAvailable } from '../../api/core/v1/pod-conditions.ts'
import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { REVISION_HASH } from '../common/controller-revisions.ts'
import { placementOn, targetNode } from './daemon-pods.ts'

/** How many Pods are created or deleted in one pass; the next pass does the rest. */
const BURST = 250

export interface DaemonPlan {
  /** The nodes that need a Pod. */
  readonly create: readonly string[]
  readonly remove: readonly Pod[]
  /** Pods that have ended, among those to remove. */
  readonly ended: readonly Pod[]
}

/** A node of the cluster, and the Pods of the DaemonSet that are on it or meant for it. */
export interface NodePods {
  readonly node: Node
  readonly pods: readonly Pod[]
}

export interface DaemonContext {
  /** The hash of the present template. */
  readonly hash: string
  /** How many nodes may run a new Pod beside the old one. */
  readonly surge: number
  readonly nowMs: number
  /** Whether a failed Pod of this node is not to be replaced yet. */
  readonly isBackingOff?: (nodeName: string) => boolean
}

/** The Pods by their nodes. */
export function podsByNode(
  nodes: readonly Node[],
  pods: readonly Pod[],
): { readonly onNodes: readonly NodePods[]; readonly elsewhere: readonly Pod[] } {
  const groups = Map.groupBy(pods, (pod) => targetNode(pod) ?? '')
  const onNodes = nodes.map((node) => ({ node, pods: groups.get(node.metadata.name) ?? [] }))
  const names = new Set(nodes.map(({ metadata }) => metadata.name))
  return { onNodes, elsewhere: pods.filter((pod) => !names.has(targetNode(pod) ?? '')) }
}

/** Which nodes need a Pod, and which Pods are too many, on the wrong node, or have ended. */
export function planDaemons(
  daemonSet: DaemonSet,
  { onNodes, elsewhere }: ReturnType<typeof podsByNode>,
  context: DaemonContext,
): DaemonPlan {
  const plans = onNodes.map((each) => planNode(daemonSet, each, context))
  // Those that are bound are removed with their node by others.
  const lost = elsewhere.filter(
    ({ spec, metadata }) => !spec.nodeName && !metadata.deletionTimestamp,
  )
  const remove = [...plans.flatMap((plan) => plan.remove), ...lost]
  return {
    create: plans.flatMap(({ create }) => create).slice(0, BURST),
    remove: remove.slice(0, BURST),
    ended: plans.flatMap(({ ended }) => ended),
  }
}

function planNode(
  daemonSet: DaemonSet,
  { node, pods }: NodePods,
  context: DaemonContext,
): DaemonPlan {
  const { name } = node.metadata
  const { run, stay } = placementOn(daemonSet, node)
  const present = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  if (!stay) return { create: [], remove: present, ended: [] }
  if (run && pods.length === 0) return { create: [name], remove: [], ended: [] }

  const isEnded = ({ status }: Pod): boolean =>
    status.phase === 'Succeeded' || status.phase === 'Failed'
  const ended = present.filter(
    (pod) => isEnded(pod) && !(pod.status.phase === 'Failed' && context.isBackingOff?.(name)),
  )
  const running = present.filter((pod) => !isEnded(pod)).toSorted(byAge)
  return { create: [], remove: [...ended, ...surplus(daemonSet, running, context)], ended }
}

/** Of several Pods on a node the oldest stays; while surging, the newest of the present template too. */
function surplus(
  { spec }: DaemonSet,
  running: readonly Pod[],
  { hash, surge, nowMs }: DaemonContext,
): readonly Pod[] {
  if (running.length <= 1) return []
  if (surge === 0) return running.slice(1)
  const isCurrent = (pod: Pod): boolean => isOfRevision(pod, hash)
  const [oldestNew] = running.filter(isCurrent)
  const [oldestOld] = running.filter((pod) => !isCurrent(pod))
  const isReplaced =
    oldestOld && oldestNew && isPodAvailable(oldestNew, spec.minReadySeconds ?? 0, nowMs)
  return running.filter((pod) => pod !== oldestNew && (pod !== oldestOld || isReplaced))
}

export function isOfRevision({ metadata }: Pod, hash: string): boolean {
  return metadata.labels?.[REVISION_HASH] === hash
}

export function byAge(a: Pod, b: Pod): number {
  const [left, right] = [a.metadata, b.metadata]
  return compare(left.creationTimestamp, right.creationTimestamp) || compare(left.name, right.name)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
