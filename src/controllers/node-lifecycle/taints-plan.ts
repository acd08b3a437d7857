import type { Node } from '../../api/core/v1/node.ts'
import type { Taint } from '../../api/core/v1/toleration.ts'
import { readyCondition } from '../common/node-health.ts'

export const NOT_READY = 'node.kubernetes.io/not-ready'
export const UNREACHABLE = 'node.kubernetes.io/unreachable'
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'

/** Which state of a condition is told by which taint. */
const TAINT_KEYS: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
]
const OWN_KEYS = new Set([...TAINT_KEYS.map(([, , key]) => key), UNSCHEDULABLE])

/**
 * Whether Pods may be driven off a node that is not ready. `wait`: not yet, but those already on their way go on;
 * `never`: nowhere is anything ready, so that it is likely this controller that is cut off, and all stay.
 */
export type Eviction = 'now' | 'wait' | 'never'

/**
 * The taints that a node should have: those that its conditions ask for, and all that are not this controller's. The same
 * list where nothing changes.
 */
export function planTaints(
  node: Node,
  { eviction, now }: { readonly eviction: Eviction; readonly now: string },
): readonly Taint[] {
  const before = node.spec.taints ?? []
  const wanted: readonly Taint[] = [
    ...noScheduleKeys(node).map((key): Taint => ({ key, effect: 'NoSchedule' })),
    ...noExecuteKeys(node, before, eviction).map((key): Taint => ({ key, effect: 'NoExecute' })),
  ]
  const kept = before.filter((taint) => !isOwn(taint) || wanted.some((each) => isSame(each, taint)))
  const added = wanted.filter((taint) => !before.some((each) => isSame(each, taint)))
  if (added.length === 0 && kept.length === before.length) return before
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: now }))]
}

function noScheduleKeys({ spec, status }: Node): readonly string[] {
  const byCondition = TAINT_KEYS.filter(([type, holds]) =>
    status.conditions?.some((each) => each.type === type && each.status === holds),
  ).map(([, , key]) => key)
  return spec.unschedulable ? [...byCondition, UNSCHEDULABLE] : byCondition
}

// A node that drove Pods away before goes on doing so, for the one reason or the other.
function noExecuteKeys(
  node: Node,
  before: readonly Taint[],
  eviction: Eviction,
): readonly string[] {
  const key = evictionKey(node)
  if (key === undefined || eviction === 'never') return []
  return eviction === 'now' || before.some(isEviction) ? [key] : []
}

/** The key of the taint that drives Pods off a node that is not ready; undefined where it is ready, or never said so. */
export function evictionKey(node: Node): string | undefined {
  const ready = readyCondition(node)
  if (!ready || ready.status === 'True') return undefined
  return ready.status === 'False' ? NOT_READY : UNREACHABLE
}

export function isEviction({ key, effect }: Taint): boolean {
  return effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE)
}

function isOwn(taint: Taint): boolean {
  return isEviction(taint) || (taint.effect === 'NoSchedule' && OWN_KEYS.has(taint.key))
}

function isSame(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect
}
