import type { Logger } from '../../../base/logger.ts'
import type { PodInfo } from '../../cache/pod-info.ts'
import type { ChosenVictims, Extender, ExtenderVictims } from '../../extender/extender.ts'
import type { NodeLister } from '../../framework/plugin.ts'
import type { Candidate } from './victims.ts'

export interface NarrowOptions {
  readonly extenders: readonly Extender[]
  readonly nodes: NodeLister
  readonly logger: Logger
}

/**
 * Lets extenders rule out nodes, or choose other victims on them; a promise only where one has to be asked. Rejects
 * where one fails that must not.
 */
export function narrowByExtenders(
  pod: PodInfo,
  candidates: readonly Candidate[],
  options: NarrowOptions,
): readonly Candidate[] | Promise<readonly Candidate[]> {
  const asked = options.extenders.filter((each) => each.preempt && each.isInterested(pod.pod))
  return asked.length === 0 || candidates.length === 0
    ? candidates
    : askAll(asked, pod, candidates, options)
}

async function askAll(
  extenders: readonly Extender[],
  pod: PodInfo,
  candidates: readonly Candidate[],
  { nodes, logger }: NarrowOptions,
): Promise<readonly Candidate[]> {
  let left = candidates
  for (const extender of extenders) {
    if (left.length === 0) break
    try {
      const chosen = await extender.preempt!(pod.pod, victimsOf(left))
      left = candidatesOf(chosen, extender, nodes)
    } catch (error) {
      if (!extender.isIgnorable)
        throw new Error(`preemption: ${(error as Error).message}`, { cause: error })
      logger.warn('Skipping extender as it returned error and has ignorable flag set', {
        extender: extender.name,
        error,
      })
    }
  }
  return left
}

function victimsOf(candidates: readonly Candidate[]): ReadonlyMap<string, ExtenderVictims> {
  return new Map(
    candidates.map(({ nodeName, victims, violations }) => [
      nodeName,
      { pods: victims.map(({ pod }) => pod), violations },
    ]),
  )
}

function candidatesOf(
  chosen: ReadonlyMap<string, ChosenVictims>,
  { name, isIgnorable }: Extender,
  nodes: NodeLister,
): readonly Candidate[] {
  return [...chosen].flatMap(([nodeName, { uids, violations }]) => {
    if (uids.length === 0) {
      if (isIgnorable) return []
      throw new Error(`expected at least one victim pod on node "${nodeName}"`)
    }
    const there = new Map([...(nodes.get(nodeName)?.pods() ?? [])].map((info) => [info.uid, info]))
    const victims = uids.map((uid) => {
      const info = there.get(uid)
      if (info) return info
      throw new Error(
        `extender: ${name} claims to preempt pod (UID: ${uid}) on node: ${nodeName}, but the pod is not found on that node`,
      )
    })
    return [{ nodeName, victims, violations }]
  })
}
