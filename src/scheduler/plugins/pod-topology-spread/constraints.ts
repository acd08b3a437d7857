import type { TopologySpreadConstraint } from '../../../api/core/v1/affinity.ts'
import { matchesNodeAffinity } from '../../../api/core/v1/node-affinity.ts'
import type { Pod } from '../../../api/core/v1/pod.ts'
import { findUntoleratedTaint } from '../../../api/core/v1/tolerations.ts'
import {
  matches,
  selectorFrom,
  type LabelSelector,
  type Selector,
} from '../../../apimachinery/labels.ts'
import type { NodeInfo } from '../../cache/node-info.ts'

/** A spread constraint of a Pod, ready to be asked. */
export interface Constraint {
  readonly maxSkew: number
  readonly topologyKey: string
  readonly selector: Selector
  readonly minDomains: number
  readonly honorsAffinity: boolean
  readonly honorsTaints: boolean
  /** Tells apart what the constraint counts. */
  readonly key: string
}

export type WhenUnsatisfiable = 'DoNotSchedule' | 'ScheduleAnyway'

export function constraintsOf(
  pod: Pod,
  constraints: readonly TopologySpreadConstraint[],
  when: WhenUnsatisfiable,
): readonly Constraint[] {
  return constraints
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === when)
    .map((each) => constraint(pod, each))
}

function constraint(pod: Pod, each: TopologySpreadConstraint): Constraint {
  const labelSelector = withLabelKeys(each.labelSelector, each.matchLabelKeys, pod)
  return {
    maxSkew: each.maxSkew,
    topologyKey: each.topologyKey,
    selector: selectorFrom(labelSelector),
    minDomains: each.minDomains ?? 1,
    honorsAffinity: each.nodeAffinityPolicy !== 'Ignore',
    honorsTaints: each.nodeTaintsPolicy === 'Honor',
    key: JSON.stringify([pod.metadata.namespace, labelSelector]),
  }
}

// The API server merges these into the selector (KEP-3243); twice does no harm.
function withLabelKeys(
  selector: LabelSelector | undefined,
  keys: readonly string[] | undefined,
  { metadata: { labels = {} } }: Pod,
): LabelSelector | undefined {
  const known = (keys ?? []).filter((key) => Object.hasOwn(labels, key))
  if (!selector || known.length === 0) return selector
  const added = known.map((key) => ({ key, operator: 'In', values: [labels[key]!] }))
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] }
}

/** How many Pods on a node the constraint counts: those of the namespace that are not going away. */
export function countMatching({ selector }: Constraint, namespace: string, node: NodeInfo): number {
  let count = 0
  for (const { pod } of node.pods()) if (counts(selector, namespace, pod)) count += 1
  return count
}

export function counts(selector: Selector, namespace: string, { metadata }: Pod): boolean {
  return (
    metadata.namespace === namespace &&
    metadata.deletionTimestamp === undefined &&
    matches(selector, metadata.labels)
  )
}

/** Whether a node counts for the constraint: KEP-3094. */
export function includesNode(
  { honorsAffinity, honorsTaints }: Constraint,
  { spec }: Pick<Pod, 'spec'>,
  { node }: NodeInfo,
): boolean {
  if (honorsAffinity && !matchesNodeAffinity(spec, node)) return false
  return (
    !honorsTaints ||
    !findUntoleratedTaint(node.spec.taints, spec.tolerations, ['NoSchedule', 'NoExecute'])
  )
}

export function hasAllKeys(node: NodeInfo, constraints: readonly Constraint[]): boolean {
  return constraints.every(({ topologyKey }) => Object.hasOwn(node.labels, topologyKey))
}
