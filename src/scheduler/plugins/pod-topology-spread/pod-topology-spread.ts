import type { TopologySpreadConstraint } from '../../../api/core/v1/affinity.ts'
import type { Pod } from '../../../api/core/v1/pod.ts'
import { matches, type LabelSelector } from '../../../apimachinery/labels.ts'
import { Memos, NodeMemo } from '../../cache/node-memo.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import {
  ADD,
  DELETE,
  NODE_LABEL,
  NODE_TAINT,
  on,
  POD_LABEL,
  queueIf,
} from '../../framework/cluster-event.ts'
import { stateKey } from '../../framework/cycle-state.ts'
import { MAX_SCORE, type Plugin } from '../../framework/plugin.ts'
import { SKIP, unresolvable, unschedulable } from '../../framework/status.ts'
import {
  constraintsOf,
  countMatching,
  counts,
  hasAllKeys,
  includesNode,
  type Constraint,
} from './constraints.ts'
import { DomainTotals } from './domain-totals.ts'
import { PodLabels } from './pod-labels.ts'

export interface PodTopologySpreadArgs {
  /** Whether Pods without constraints of their own get the usual ones, or those that are listed. System where absent. */
  readonly defaultingType?: 'System' | 'List'
  /** The list. They are about the Pods that a Pod belongs with. */
  readonly defaultConstraints?: readonly TopologySpreadConstraint[]
  /** Which those are; undefined for a Pod that stands alone. */
  readonly ownerSelector?: (pod: Pod) => LabelSelector | undefined
}

/** What spreads Pods where nobody says anything else: over nodes somewhat, and over zones. */
const SYSTEM_DEFAULTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
]

interface Hard {
  readonly constraints: readonly Constraint[]
  /** By constraint: how many matching Pods each domain has. */
  readonly domains: readonly ReadonlyMap<string, number>[]
}

interface Soft {
  readonly constraints: readonly Constraint[]
  readonly domains: readonly ReadonlyMap<string, number>[]
  readonly weights: readonly number[]
  readonly ignored: ReadonlySet<NodeInfo>
  /** By constraint: how many matching Pods a node has. */
  readonly perNode: readonly NodeMemo<number>[]
}

const HOSTNAME = 'kubernetes.io/hostname'
const MISSING = unresolvable(
  "node(s) didn't match pod topology spread constraints (missing required label)",
)
const MISMATCH = unschedulable("node(s) didn't match pod topology spread constraints")
const hardKey = stateKey<Hard>('PreFilterPodTopologySpread', ({ constraints, domains }) => ({
  constraints,
  domains: domains.map((each) => new Map(each)),
}))
const softKey = stateKey<Soft>('PreScorePodTopologySpread')

/** Spreads Pods over the values of a node label, such as zones (KEP-895). */
export function podTopologySpread({
  defaultingType = 'System',
  defaultConstraints = [],
  ownerSelector = () => undefined,
}: PodTopologySpreadArgs = {}): Plugin {
  const isSystem = defaultingType === 'System'
  const defaults = isSystem ? SYSTEM_DEFAULTS : defaultConstraints
  // Only the nodes that changed since the last such Pod are counted again.
  const perHost = new Memos<NodeMemo<number>>()
  const totals = new Memos<DomainTotals>()
  const podLabels = new PodLabels()
  const countOn = (constraint: Constraint, namespace: string, node: NodeInfo): number =>
    podLabels.maySelect(constraint.selector, node) ? countMatching(constraint, namespace, node) : 0
  const memoOf = (constraint: Constraint, { metadata: { namespace } }: Pod): NodeMemo<number> =>
    perHost.get(constraint.key, () => new NodeMemo((node) => countOn(constraint, namespace, node)))
  /** By domain, over those nodes that count for a Pod of this shape. */
  const totalsOf = (
    constraint: Constraint,
    { spec, metadata: { namespace } }: Pod,
    needed: readonly Constraint[],
  ): DomainTotals => {
    const { topologyKey, honorsAffinity, honorsTaints } = constraint
    const key = JSON.stringify([
      constraint.key,
      topologyKey,
      needed.map((each) => each.topologyKey),
      honorsAffinity && [spec.nodeSelector, spec.affinity?.nodeAffinity],
      honorsTaints && [spec.tolerations],
    ])
    return totals.get(
      key,
      () =>
        new DomainTotals((node) => {
          const value = node.labels[topologyKey]
          if (value === undefined || !hasAllKeys(node, needed)) return undefined
          if (!includesNode(constraint, { spec }, node)) return undefined
          return { value, count: countOn(constraint, namespace, node) }
        }),
    )
  }
  const specOf = (pod: Pod): readonly TopologySpreadConstraint[] => {
    const own = pod.spec.topologySpreadConstraints
    if (own?.length) return own
    const labelSelector = defaults.length > 0 ? ownerSelector(pod) : undefined
    return labelSelector ? defaults.map((each) => ({ ...each, labelSelector })) : []
  }

  return {
    name: 'PodTopologySpread',
    events: [
      on('AssignedPod', ADD | DELETE | POD_LABEL, (pod, { before, after }) => {
        const constraints = constraintsOf(pod, specOf(pod), 'DoNotSchedule')
        return queueIf(
          [before, after].some(
            (other) =>
              other !== undefined &&
              other.metadata.namespace === pod.metadata.namespace &&
              constraints.some(({ selector }) => matches(selector, other.metadata.labels)),
          ),
        )
      }),
      on('Node', ADD | DELETE | NODE_LABEL | NODE_TAINT, (pod, { before, after }) => {
        const constraints = constraintsOf(pod, specOf(pod), 'DoNotSchedule')
        return queueIf(
          [before, after].some(
            (node) =>
              node !== undefined &&
              constraints.every(({ topologyKey }) =>
                Object.hasOwn(node.metadata.labels ?? {}, topologyKey),
              ),
          ),
        )
      }),
      on('UnscheduledPod', POD_LABEL),
    ],

    preFilter(state, { pod }, nodes) {
      const constraints = constraintsOf(pod, specOf(pod), 'DoNotSchedule')
      if (constraints.length === 0) return { status: SKIP }
      const domains = constraints.map((each) => totalsOf(each, pod, constraints).of(nodes))
      state.write(hardKey, { constraints, domains })
      minima.set(
        domains,
        constraints.map((each, i) => minimum(each, domains[i]!)),
      )
      return undefined
    },

    filter(state, { pod }, node) {
      const { constraints, domains } = state.read(hardKey)!
      const least = minimaOf(constraints, domains)
      for (const [i, constraint] of constraints.entries()) {
        const { topologyKey, maxSkew, selector } = constraint
        if (!Object.hasOwn(node.labels, topologyKey)) return MISSING
        const self = matches(selector, pod.metadata.labels) ? 1 : 0
        const count = domains[i]!.get(node.labels[topologyKey]!) ?? 0
        if (count + self - least[i]! > maxSkew) return MISMATCH
      }
      return undefined
    },

    addPod: (state, { pod }, added, node) => change(state.read(hardKey), pod, added.pod, node, 1),
    removePod: (state, { pod }, removed, node) =>
      change(state.read(hardKey), pod, removed.pod, node, -1),

    preScore(state, { pod }, nodes, all) {
      // Nodes without a zone are spread over all the same, unless somebody asked for zones.
      const isDefault = !pod.spec.topologySpreadConstraints?.length && isSystem
      const constraints = constraintsOf(pod, specOf(pod), 'ScheduleAnyway')
      if (constraints.length === 0) return SKIP
      const ignored = new Set(
        isDefault ? [] : nodes.filter((each) => !hasAllKeys(each, constraints)),
      )
      const scored = nodes.filter((node) => !ignored.has(node))
      const perNode = constraints.map((constraint) => memoOf(constraint, pod))
      const sizes = constraints.map(({ topologyKey }) =>
        // A domain of one node is counted when that is scored.
        topologyKey === HOSTNAME ? scored.length : valuesOf(scored, topologyKey).size,
      )
      const needed = isDefault ? [] : constraints
      const domains = constraints.map((constraint, i) => {
        if (constraint.topologyKey !== HOSTNAME && sizes[i]! > 0)
          return totalsOf(constraint, pod, needed).of(all)
        perNode[i]!.of(all)
        return NO_DOMAINS
      })
      const weights = sizes.map((size) => Math.log(size + 2))
      state.write(softKey, { constraints, domains, weights, ignored, perNode })
      return undefined
    },

    // Both are asked for each node of each Pod: loops that make nothing to be thrown away.
    score(state, _pod, node) {
      const { constraints, domains, weights, ignored, perNode } = state.read(softKey)!
      if (ignored.has(node)) return 0
      let score = 0
      for (let i = 0; i < constraints.length; i += 1) {
        const constraint = constraints[i]!
        const value = node.labels[constraint.topologyKey]
        if (value === undefined) continue
        const count =
          constraint.topologyKey === HOSTNAME
            ? (perNode[i]!.get(node) ?? 0)
            : (domains[i]!.get(value) ?? 0)
        score += count * weights[i]! + (constraint.maxSkew - 1)
      }
      return Math.round(score)
    },

    normalize(state, _pod, scores, nodes) {
      const { ignored } = state.read(softKey)!
      let [min, max] = [Infinity, 0]
      for (let i = 0; i < nodes.length; i += 1) {
        if (ignored.has(nodes[i]!)) continue
        min = Math.min(min, scores[i]!)
        max = Math.max(max, scores[i]!)
      }
      for (let i = 0; i < nodes.length; i += 1) {
        if (ignored.has(nodes[i]!)) scores[i] = 0
        else if (max === 0) scores[i] = MAX_SCORE
        else scores[i] = Math.trunc((MAX_SCORE * (max + min - scores[i]!)) / max)
      }
    },
  }
}

const NO_DOMAINS: ReadonlyMap<string, number> = new Map()

function valuesOf(nodes: readonly NodeInfo[], topologyKey: string): ReadonlySet<string> {
  const values = new Set<string>()
  for (const { labels } of nodes) {
    const value = labels[topologyKey]
    if (value !== undefined) values.add(value)
  }
  return values
}

/** What fewest Pods a domain has; with too few domains, an empty one is still to come (KEP-3022). */
function minimum({ minDomains }: Constraint, domains: ReadonlyMap<string, number>): number {
  if (domains.size < minDomains) return 0
  let least = Infinity
  for (const count of domains.values()) if (count < least) least = count
  return least === Infinity ? 0 : least
}

// Beside the state, so that a changed trial works them out anew.
const minima = new WeakMap<readonly ReadonlyMap<string, number>[], readonly number[]>()

function minimaOf(
  constraints: readonly Constraint[],
  domains: readonly ReadonlyMap<string, number>[],
): readonly number[] {
  const known = minima.get(domains)
  if (known) return known
  const least = constraints.map((each, i) => minimum(each, domains[i]!))
  minima.set(domains, least)
  return least
}

function change(state: Hard | undefined, pod: Pod, other: Pod, node: NodeInfo, sign: 1 | -1): void {
  if (!state || !hasAllKeys(node, state.constraints)) return
  for (const [i, constraint] of state.constraints.entries()) {
    if (!counts(constraint.selector, pod.metadata.namespace, other)) continue
    if (!includesNode(constraint, pod, node)) continue
    // Only a trial is ever changed, and that has copies.
    const sums = state.domains[i] as Map<string, number>
    const value = node.labels[constraint.topologyKey]!
    sums.set(value, (sums.get(value) ?? 0) + sign)
    minima.delete(state.domains)
  }
}
