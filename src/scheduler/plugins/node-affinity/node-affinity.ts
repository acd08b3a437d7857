import type { NodeAffinity } from '../../../api/core/v1/affinity.ts'
import {
  matchesNodeAffinity,
  matchesNodeSelector,
  matchesNodeSelectorTerm,
  type SelectableNode,
} from '../../../api/core/v1/node-affinity.ts'
import type { PodSpec } from '../../../api/core/v1/pod-spec.ts'
import type { NodeSelector } from '../../../api/core/v1/selector.ts'
import { ADD, NODE_LABEL, on, queueIf } from '../../framework/cluster-event.ts'
import { normalizeScores, type Plugin } from '../../framework/plugin.ts'
import { SKIP, unresolvable } from '../../framework/status.ts'

export interface NodeAffinityArgs {
  /** Applies to all Pods of the profile, besides their own. */
  readonly addedAffinity?: NodeAffinity
}

const MISMATCH = unresolvable("node(s) didn't match Pod's node affinity/selector")
const MISMATCH_ADDED = unresolvable("node(s) didn't match scheduler-enforced node affinity")
const CONFLICT = unresolvable(
  'pod affinity terms conflict', // No node has two names.
)

/** Keeps Pods to the nodes that they select, and prefers those that they prefer. */
export function nodeAffinity({ addedAffinity }: NodeAffinityArgs = {}): Plugin {
  const added = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const addedPreferred = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const preferredOf = ({ affinity }: PodSpec) => [
    ...addedPreferred,
    ...(affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
  ]
  const admits = (spec: PodSpec, node: SelectableNode): boolean =>
    (!added || matchesNodeSelector(added, node)) && matchesNodeAffinity(spec, node)

  return {
    name: 'NodeAffinity',
    events: [
      on('Node', ADD | NODE_LABEL, ({ spec }, { before, after }) =>
        queueIf(
          after !== undefined &&
            admits(spec, after) &&
            !(before !== undefined && admits(spec, before)),
        ),
      ),
    ],
    looksAt: ({ pod: { spec } }) => [spec.nodeSelector, spec.affinity?.nodeAffinity],
    preFilter(_state, { pod: { spec } }) {
      const required = requiredOf(spec)
      if (!required && !spec.nodeSelector && !added) return { status: SKIP }
      const nodeNames = required && namesOf(required)
      if (!nodeNames) return undefined
      return nodeNames.size === 0 ? { status: CONFLICT } : { nodeNames }
    },
    filter(_state, { pod: { spec } }, { node }) {
      if (added && !matchesNodeSelector(added, node)) return MISMATCH_ADDED
      return matchesNodeAffinity(spec, node) ? undefined : MISMATCH
    },
    preScore: (_state, { pod: { spec } }) => (preferredOf(spec).length === 0 ? SKIP : undefined),
    score(_state, { pod: { spec } }, { node }) {
      let sum = 0
      for (const { weight, preference } of preferredOf(spec)) {
        if (matchesNodeSelectorTerm(preference, node)) sum += weight
      }
      return sum
    },
    normalize: (_state, _pod, scores) => normalizeScores(scores),
  }
}

function requiredOf({ affinity }: PodSpec): NodeSelector | undefined {
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
}

/**
 * The nodes that every term names, where every term names some: what DaemonSets ask for. Terms are alternatives, the
 * names within one must all hold.
 */
function namesOf({ nodeSelectorTerms }: NodeSelector): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  for (const { matchFields = [] } of nodeSelectorTerms) {
    const sets = matchFields
      .filter(({ key, operator }) => key === 'metadata.name' && operator === 'In')
      .map(({ values }) => new Set(values))
    if (sets.length === 0) return undefined
    for (const name of sets.reduce((a, b) => a.intersection(b))) names.add(name)
  }
  return nodeSelectorTerms.length === 0 ? undefined : names
}
