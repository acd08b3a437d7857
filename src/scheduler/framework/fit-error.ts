import type { NodeStatuses } from './plugin.ts'
import { messageOf, type Status } from './status.ts'

/** Why a Pod fits on no node. */
export interface FitFailure {
  readonly nodeCount: number
  /** The verdicts on nodes that were tried. */
  readonly statuses: NodeStatuses
  /** The verdict on all others, where PreFilter ruled them out. */
  readonly absent?: Status
  /** PreFilter turned the Pod away altogether. */
  readonly preFilter?: Status
  readonly plugins: ReadonlySet<string>
  readonly pendingPlugins: ReadonlySet<string>
  readonly postFilterMessage?: string
}

/** As users know it: `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. preemption: …` */
export function fitMessage(failure: FitFailure): string {
  const { nodeCount, preFilter, postFilterMessage } = failure
  const why = preFilter ? messageOf(preFilter) : histogram(failure).join(', ')
  const all = why === '' ? '' : ` ${why}.`
  const after = postFilterMessage ? ` ${postFilterMessage}` : ''
  return `0/${nodeCount} nodes are available:${all}${after}`
}

/** How many nodes each reason turns away, sorted as text, as upstream does. */
function histogram({ nodeCount, statuses, absent }: FitFailure): readonly string[] {
  const counts = new Map<string, number>()
  const count = (reasons: readonly string[], times: number): void => {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + times)
  }
  for (const { reasons } of statuses.values()) count(reasons, 1)
  if (absent && statuses.size < nodeCount) count(absent.reasons, nodeCount - statuses.size)
  return [...counts].map(([reason, times]) => `${times} ${reason}`).toSorted()
}
