import type { Hints, TopologyHint } from './hints.ts'
import { byNarrowness, hintLists, mergeHints, type Comparison } from './merge-hints.ts'
import { maskOf, nodesOf, sizeOf, type NumaMask } from './numa-mask.ts'
import type { NumaNode } from './numa.ts'

export const TOPOLOGY_POLICIES = ['none', 'best-effort', 'restricted', 'single-numa-node'] as const

export type TopologyPolicy = (typeof TOPOLOGY_POLICIES)[number]

export const TOPOLOGY_SCOPES = ['container', 'pod'] as const

/** Where what is asked for is to come from, and whether that is good enough. */
export interface TopologyVerdict {
  readonly hint: TopologyHint
  readonly isAdmitted: boolean
}

/** No alignment is wanted. */
export const ANYWHERE: TopologyHint = { affinity: undefined, isPreferred: false }

/** Decides on what providers say of a container or a Pod (KEP-693). */
export function topologyVerdict(
  policy: TopologyPolicy,
  compare: Comparison,
  nodes: readonly NumaNode[],
  given: readonly Hints[],
): TopologyVerdict {
  const all = maskOf(nodes.map(({ id }) => id))
  switch (policy) {
    case 'none':
      return { hint: ANYWHERE, isAdmitted: true }
    case 'best-effort':
      return { hint: mergeHints(all, hintLists(given), compare), isAdmitted: true }
    case 'restricted': {
      const hint = mergeHints(all, hintLists(given), compare)
      return { hint, isAdmitted: hint.isPreferred }
    }
    case 'single-numa-node': {
      const best = mergeHints(all, hintLists(given).map(singleNodes), compare)
      // Whoever may take from all nodes was not aligned by anybody.
      const hint = best.affinity === all ? { ...best, affinity: undefined } : best
      return { hint, isAdmitted: hint.isPreferred }
    }
    default:
      return policy satisfies never
  }
}

function singleNodes(list: readonly TopologyHint[]): readonly TopologyHint[] {
  return list.filter(
    ({ affinity, isPreferred }) =>
      isPreferred && (affinity === undefined || sizeOf(affinity) === 1),
  )
}

/** As `byNarrowness()`, but of masks of the same size that whose nodes are nearer to each other. */
export function byDistance(nodes: readonly NumaNode[]): Comparison {
  const average = (mask: NumaMask): number => {
    const ids = nodesOf(mask)
    const distances = ids.flatMap((from) => {
      const known = nodes.find(({ id }) => id === from)?.distances ?? new Map()
      return ids.map((to) => known.get(to) ?? 0)
    })
    return distances.reduce((sum, each) => sum + each, 0) / distances.length
  }
  return (a, b) => sizeOf(a) - sizeOf(b) || average(a) - average(b) || byNarrowness(a, b)
}
