import type { Logger } from '../../base/logger.ts'
import type { NodeInfo } from '../cache/node-info.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import { EXTENDER, type Extender } from '../extender/extender.ts'
import { failed, named, unresolvable, unschedulable, type Status } from '../framework/status.ts'

/** What is left of the nodes that fit, and why others are not. */
export interface Feasible {
  readonly feasible: readonly NodeInfo[]
  readonly statuses: ReadonlyMap<string, Status>
  readonly error?: Status
}

/** Lets the extenders rule out nodes, one after the other; a promise only where one has to be asked. */
export function filterByExtenders(
  extenders: readonly Extender[],
  pod: PodInfo,
  found: Feasible,
  logger: Logger,
): Feasible | Promise<Feasible> {
  const asked = extenders.filter((each) => each.filter && each.isInterested(pod.pod))
  return asked.length === 0 || found.error || found.feasible.length === 0
    ? found
    : askFilters(asked, pod, found, logger)
}

async function askFilters(
  extenders: readonly Extender[],
  { pod }: PodInfo,
  found: Feasible,
  logger: Logger,
): Promise<Feasible> {
  let { feasible } = found
  const statuses = new Map(found.statuses)
  for (const extender of extenders) {
    if (feasible.length === 0) break
    try {
      const nodes = feasible.map(({ node }) => node)
      const { nodeNames, failed: no, unresolvable: never } = await extender.filter!(pod, nodes)
      for (const [name, reason] of never) statuses.set(name, named(unresolvable(reason), EXTENDER))
      for (const [name, reason] of no)
        if (!never.has(name)) statuses.set(name, named(unschedulable(reason), EXTENDER))
      const left = new Set(nodeNames)
      // A node that it says nothing of is turned down all the same.
      for (const { name } of feasible) {
        if (!left.has(name) && !statuses.has(name))
          statuses.set(name, { code: 'Unschedulable', reasons: [], plugin: EXTENDER })
      }
      feasible = feasible.filter(({ name }) => left.has(name))
    } catch (error) {
      if (!extender.isIgnorable) return { feasible: [], statuses, error: failed(error) }
      logger.warn('Skipping extender as it returned error and has ignorable flag set', {
        extender: extender.name,
        error,
      })
    }
  }
  return { feasible, statuses }
}

/** Adds what extenders think of the nodes. One that fails has no say. */
export function addExtenderScores(
  extenders: readonly Extender[],
  { pod }: PodInfo,
  nodes: readonly NodeInfo[],
  totals: Float64Array,
  logger: Logger,
): Float64Array | Promise<Float64Array> {
  const asked = extenders.filter((each) => each.prioritize && each.isInterested(pod))
  if (asked.length === 0) return totals
  const ask = async (extender: Extender): Promise<ReadonlyMap<string, number>> => {
    try {
      return await extender.prioritize!(
        pod,
        nodes.map(({ node }) => node),
      )
    } catch (error) {
      logger.warn('An extender cannot rank nodes', { extender: extender.name, error })
      return new Map()
    }
  }
  return Promise.all(asked.map(ask)).then((answers) =>
    totals.map((total, i) =>
      answers.reduce((sum, scores) => sum + (scores.get(nodes[i]!.name) ?? 0), total),
    ),
  )
}
