import type { Node } from '../../api/core/v1/node.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { ExtenderConfiguration } from '../config/scheduler-configuration.ts'
import { MAX_SCORE } from '../framework/plugin.ts'

/** Under this name extenders turn Pods away. They do not say what helps, so that anything that happens may. */
export const EXTENDER = 'Extender'

/** Sends a request to an extender: the answer as parsed JSON. Rejects where it does not answer, or not with 200. */
export type SendToExtender = (verb: string, body: object) => Promise<unknown>

/** Which of some nodes will do. */
export interface ExtenderVerdict {
  readonly nodeNames: readonly string[]
  /** Why others will not. */
  readonly failed: ReadonlyMap<string, string>
  /** Why others will not, whoever gives way. */
  readonly unresolvable: ReadonlyMap<string, string>
}

/** Who is to leave a node. */
export interface ExtenderVictims {
  readonly pods: readonly Pod[]
  readonly violations: number
}

/** As an extender answers: Pods by their uids. */
export interface ChosenVictims {
  readonly uids: readonly string[]
  readonly violations: number
}

/** A server that has a say in scheduling. What it does not do is absent. */
export interface Extender {
  readonly name: string
  /** Scheduling goes on when it fails. */
  readonly isIgnorable: boolean
  readonly isInterested: (pod: Pod) => boolean
  readonly filter?: (pod: Pod, nodes: readonly Node[]) => Promise<ExtenderVerdict>
  /** What it adds to the score of each node, by name. */
  readonly prioritize?: (pod: Pod, nodes: readonly Node[]) => Promise<ReadonlyMap<string, number>>
  /** Which of the nodes may be made free, and of whom. */
  readonly preempt?: (
    pod: Pod,
    victims: ReadonlyMap<string, ExtenderVictims>,
  ) => Promise<ReadonlyMap<string, ChosenVictims>>
  readonly bind?: (pod: Pod, nodeName: string) => Promise<void>
}

const MAX_EXTENDER_SCORE = 10

/** An extender as it is configured (k8s.io/kube-scheduler/extender/v1). */
export function createExtender(config: ExtenderConfiguration, send: SendToExtender): Extender {
  const { urlPrefix, filterVerb, prioritizeVerb, preemptVerb, bindVerb, weight = 0 } = config
  const managed = new Set(config.managedResources?.map(({ name }) => name))
  const candidates = (nodes: readonly Node[]): object =>
    config.nodeCacheCapable
      ? { NodeNames: nodes.map(({ metadata }) => metadata.name) }
      : { Nodes: { metadata: {}, items: nodes } }
  return {
    name: urlPrefix,
    isIgnorable: config.ignorable ?? false,
    isInterested: (pod) => managed.size === 0 || wantsAny(pod, managed),
    ...(filterVerb && {
      async filter(pod, nodes) {
        const answer = await send(filterVerb, { Pod: pod, ...candidates(nodes) })
        return verdictOf(answer, nodes, urlPrefix)
      },
    }),
    ...(prioritizeVerb && {
      async prioritize(pod, nodes) {
        const answer = await send(prioritizeVerb, { Pod: pod, ...candidates(nodes) })
        return scoresOf(answer, (weight * MAX_SCORE) / MAX_EXTENDER_SCORE)
      },
    }),
    ...(preemptVerb && {
      async preempt(pod, victims) {
        const named = config.nodeCacheCapable ? metaVictims(victims) : fullVictims(victims)
        return chosenOf(await send(preemptVerb, { Pod: pod, ...named }))
      },
    }),
    ...(bindVerb && {
      async bind({ metadata: { namespace, name, uid } }, nodeName) {
        const body = { PodName: name, PodNamespace: namespace, PodUID: uid, Node: nodeName }
        throwIfFailed(await send(bindVerb, body))
      },
    }),
  }
}

function wantsAny({ spec }: Pod, managed: ReadonlySet<string>): boolean {
  return [...spec.containers, ...(spec.initContainers ?? [])].some(({ resources }) =>
    [resources?.requests, resources?.limits].some((list) =>
      Object.keys(list ?? {}).some((name) => managed.has(name)),
    ),
  )
}

function verdictOf(answer: unknown, nodes: readonly Node[], url: string): ExtenderVerdict {
  throwIfFailed(answer)
  const names = field<readonly string[]>(answer, 'nodenames')
  const list = field<{ readonly items?: readonly Node[] }>(answer, 'nodes')
  const nodeNames = names ?? list?.items?.map(({ metadata }) => metadata.name) ?? []
  const known = new Set(nodes.map(({ metadata }) => metadata.name))
  const stranger = nodeNames.find((name) => !known.has(name))
  if (stranger !== undefined) {
    throw new Error(
      `extender "${url}" claims a filtered node "${stranger}" which is not found in the input node list`,
    )
  }
  const reasons = (name: string): ReadonlyMap<string, string> =>
    new Map(Object.entries(field<Readonly<Record<string, string>>>(answer, name) ?? {}))
  return {
    nodeNames,
    failed: reasons('failednodes'),
    unresolvable: reasons('failedandunresolvablenodes'),
  }
}

function scoresOf(answer: unknown, factor: number): ReadonlyMap<string, number> {
  const list = Array.isArray(answer) ? (answer as readonly unknown[]) : []
  return new Map(
    list.map((each) => [
      field<string>(each, 'host') ?? '',
      factor * (field<number>(each, 'score') ?? 0),
    ]),
  )
}

function fullVictims(victims: ReadonlyMap<string, ExtenderVictims>): object {
  const byNode = [...victims].map(([node, { pods, violations }]) => [
    node,
    { Pods: pods, NumPDBViolations: violations },
  ])
  return { NodeNameToVictims: Object.fromEntries(byNode) as object }
}

function metaVictims(victims: ReadonlyMap<string, ExtenderVictims>): object {
  const byNode = [...victims].map(([node, { pods, violations }]) => [
    node,
    { Pods: pods.map(({ metadata }) => ({ UID: metadata.uid })), NumPDBViolations: violations },
  ])
  return { NodeNameToMetaVictims: Object.fromEntries(byNode) as object }
}

function chosenOf(answer: unknown): ReadonlyMap<string, ChosenVictims> {
  const byNode = field<Readonly<Record<string, unknown>>>(answer, 'nodenametometavictims') ?? {}
  return new Map(
    Object.entries(byNode).map(([node, victims]) => [
      node,
      {
        uids: (field<readonly unknown[]>(victims, 'pods') ?? []).map(
          (pod) => field<string>(pod, 'uid') ?? '',
        ),
        violations: field<number>(victims, 'numpdbviolations') ?? 0,
      },
    ]),
  )
}

function throwIfFailed(answer: unknown): void {
  const error = field<string>(answer, 'error')
  if (error) throw new Error(error)
}

/** A field by its name in lower case: Go, in which extenders are mostly written, does not tell cases apart. */
function field<T>(object: unknown, lowerCaseName: string): T | undefined {
  const entry = Object.entries(object ?? {}).find(([key]) => key.toLowerCase() === lowerCaseName)
  return (entry?.[1] as T | null | undefined) ?? undefined
}
