import type { Pod } from '../../../api/core/v1/pod.ts'
import type { Labels } from '../../../apimachinery/labels.ts'
import { parseTerms, termMatches, type AffinityTerm } from '../../cache/affinity-terms.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import { Memos } from '../../cache/node-memo.ts'
import type { PodInfo } from '../../cache/pod-info.ts'
import { ADD, DELETE, NODE_LABEL, on, POD_LABEL, queueIf } from '../../framework/cluster-event.ts'
import { stateKey } from '../../framework/cycle-state.ts'
import { MAX_SCORE, type Plugin } from '../../framework/plugin.ts'
import { SKIP, unresolvable, unschedulable } from '../../framework/status.ts'
import { DomainCounts, MemoizedCounts, shareOf, type Share } from './domain-counts.ts'

export interface InterPodAffinityArgs {
  /** How much a required affinity of a Pod that is there draws others to it; 1 where absent. */
  readonly hardPodAffinityWeight?: number
  readonly ignorePreferredTermsOfExistingPods?: boolean
}

export interface NamespaceLabels {
  readonly labelsOf: (namespace: string) => Labels | undefined
  /** Differs after each change of a namespace. */
  readonly version: () => number
}

interface Filtering {
  /** Pods that do not want this one near. */
  readonly existingAnti: DomainCounts
  readonly affinity: DomainCounts
  readonly anti: DomainCounts
}

const NO_AFFINITY = unresolvable("node(s) didn't match pod affinity rules")
const ANTI_AFFINITY = unschedulable("node(s) didn't match pod anti-affinity rules")
const EXISTING = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules")
const filtering = stateKey<Filtering>('PreFilterInterPodAffinity', (value) => ({
  existingAnti: value.existingAnti.clone(),
  affinity: value.affinity.clone(),
  anti: value.anti.clone(),
}))
const scoring = stateKey<DomainCounts>('PreScoreInterPodAffinity')
const NO_TERMS: readonly AffinityTerm[] = []
const NOWHERE = new DomainCounts()

function hasPreferences({ terms }: PodInfo): boolean {
  if (!terms) return false
  return terms.preferredAffinity.length + terms.preferredAntiAffinity.length > 0
}

function countPods(node: NodeInfo, counts: (pod: Pod) => boolean): number {
  let count = 0
  for (const { pod } of node.pods()) if (counts(pod)) count += 1
  return count
}

/** Keeps Pods near to, or apart from, other Pods. */
export function interPodAffinity(
  namespaces: NamespaceLabels,
  {
    hardPodAffinityWeight = 1,
    ignorePreferredTermsOfExistingPods = false,
  }: InterPodAffinityArgs = {},
): Plugin {
  const means = (term: AffinityTerm, pod: Pod): boolean =>
    termMatches(term, pod, namespaces.labelsOf)
  const meansAll = (terms: readonly AffinityTerm[], pod: Pod): boolean =>
    terms.length > 0 && terms.every((term) => means(term, pod))
  const near = new Memos<MemoizedCounts>()
  const apart = new Memos<MemoizedCounts>()
  const repulsions = new Memos<MemoizedCounts>()
  const attractions = new Memos<MemoizedCounts>()

  /** Where Pods are that meet all of the affinity terms. */
  const affinityOf = ({ pod, terms }: PodInfo): MemoizedCounts => {
    const { requiredAffinity = NO_TERMS } = terms ?? {}
    const { namespace } = pod.metadata
    const written = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    const key = JSON.stringify([namespace, namespaces.version(), written])
    return near.get(
      key,
      () =>
        new MemoizedCounts((node) => {
          const count = countPods(node, (other) => meansAll(requiredAffinity, other))
          return requiredAffinity.flatMap(({ topologyKey }) => shareOf(node, topologyKey, count))
        }),
    )
  }
  /** Where Pods are that the anti-affinity terms mean. */
  const antiOf = ({ pod, terms }: PodInfo): MemoizedCounts => {
    const { requiredAntiAffinity = NO_TERMS } = terms ?? {}
    const { namespace } = pod.metadata
    const { podAntiAffinity } = pod.spec.affinity ?? {}
    const written = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    const key = JSON.stringify([namespace, namespaces.version(), written])
    return apart.get(
      key,
      () =>
        new MemoizedCounts((node) =>
          requiredAntiAffinity.flatMap((term) =>
            shareOf(
              node,
              term.topologyKey,
              countPods(node, (other) => means(term, other)),
            ),
          ),
        ),
    )
  }
  /** Where Pods are that do not want this one near. */
  const repelledBy = (pod: Pod): MemoizedCounts => {
    const { namespace, labels } = pod.metadata
    const key = JSON.stringify([namespace, namespaces.version(), labels])
    return repulsions.get(
      key,
      () =>
        new MemoizedCounts((node) => {
          const repelling = node.podsWithRequiredAntiAffinity()
          if (repelling.size === 0) return undefined
          return [...repelling.values()].flatMap(({ terms }) =>
            terms!.requiredAntiAffinity
              .filter((term) => means(term, pod))
              .flatMap(({ topologyKey }) => shareOf(node, topologyKey, 1)),
          )
        }),
    )
  }
  /** How much the domains draw the Pod, by its own wishes and by those of Pods that are there. */
  const attractionOf = (pod: PodInfo): MemoizedCounts => {
    const { namespace, labels } = pod.pod.metadata
    const { podAffinity, podAntiAffinity } = pod.pod.spec.affinity ?? {}
    const key = JSON.stringify([
      namespace,
      namespaces.version(),
      labels,
      podAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
      podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
    ])
    return attractions.get(key, () => new MemoizedCounts((node) => attraction(pod, node)))
  }
  const attraction = (pod: PodInfo, node: NodeInfo): readonly Share[] => {
    const weights = new Map<string, number>()
    const add = (term: AffinityTerm, weight: number, meant: Pod): void => {
      if (!means(term, meant)) return
      weights.set(term.topologyKey, (weights.get(term.topologyKey) ?? 0) + weight)
    }
    const { preferredAffinity = [], preferredAntiAffinity = [] } = pod.terms ?? {}
    const isPicky = hasPreferences(pod)
    for (const { pod: other } of isPicky ? node.pods() : []) {
      for (const term of preferredAffinity) add(term, term.weight, other)
      for (const term of preferredAntiAffinity) add(term, -term.weight, other)
    }
    for (const { terms } of node.podsWithAffinity().values()) {
      for (const term of terms!.requiredAffinity) add(term, hardPodAffinityWeight, pod.pod)
      if (ignorePreferredTermsOfExistingPods && !isPicky) continue
      for (const term of terms!.preferredAffinity) add(term, term.weight, pod.pod)
      for (const term of terms!.preferredAntiAffinity) add(term, -term.weight, pod.pod)
    }
    return [...weights].flatMap(([topologyKey, weight]) => shareOf(node, topologyKey, weight))
  }
  const countExisting = (state: DomainCounts, pod: Pod, other: PodInfo, node: NodeInfo, by = 1) => {
    for (const term of other.terms?.requiredAntiAffinity ?? NO_TERMS) {
      if (means(term, pod)) state.add(node, term.topologyKey, by)
    }
  }
  const change = (
    state: Filtering | undefined,
    pod: PodInfo,
    other: PodInfo,
    node: NodeInfo,
    by: number,
  ) => {
    if (!state) return
    const { requiredAffinity = NO_TERMS, requiredAntiAffinity = NO_TERMS } = pod.terms ?? {}
    countExisting(state.existingAnti, pod.pod, other, node, by)
    if (meansAll(requiredAffinity, other.pod)) {
      for (const { topologyKey } of requiredAffinity) state.affinity.add(node, topologyKey, by)
    }
    for (const term of requiredAntiAffinity) {
      if (means(term, other.pod)) state.anti.add(node, term.topologyKey, by)
    }
  }

  return {
    name: 'InterPodAffinity',
    events: [
      on('AssignedPod', ADD | DELETE | POD_LABEL, (pod, { before, after }) => {
        const terms = parseTerms(pod)
        const own = [...(terms?.requiredAffinity ?? []), ...(terms?.requiredAntiAffinity ?? [])]
        return queueIf(
          [before, after].some(
            (other) =>
              other !== undefined &&
              (own.some((term) => means(term, other)) ||
                parseTerms(other)?.requiredAntiAffinity.some((term) => means(term, pod))),
          ),
        )
      }),
      on('Node', ADD | NODE_LABEL, (pod, { after }) => {
        const terms = parseTerms(pod)
        const keys = [...(terms?.requiredAffinity ?? []), ...(terms?.requiredAntiAffinity ?? [])]
        return queueIf(
          keys.length === 0 ||
            keys.some(({ topologyKey }) =>
              Object.hasOwn(after?.metadata.labels ?? {}, topologyKey),
            ),
        )
      }),
      on('UnscheduledPod', POD_LABEL),
    ],

    preFilter(state, pod, nodes) {
      const { requiredAffinity = NO_TERMS, requiredAntiAffinity = NO_TERMS } = pod.terms ?? {}
      const existingAnti =
        nodes.withRequiredAntiAffinity().length > 0 ? repelledBy(pod.pod).of(nodes) : NOWHERE
      if (existingAnti.isEmpty && requiredAffinity.length + requiredAntiAffinity.length === 0)
        return { status: SKIP }
      const affinity = requiredAffinity.length > 0 ? affinityOf(pod).of(nodes) : NOWHERE
      const anti = requiredAntiAffinity.length > 0 ? antiOf(pod).of(nodes) : NOWHERE
      state.write(filtering, { existingAnti, affinity, anti })
      return undefined
    },

    filter(state, { pod, terms }, node) {
      const { existingAnti, affinity, anti } = state.read(filtering)!
      const { requiredAffinity = NO_TERMS, requiredAntiAffinity = NO_TERMS } = terms ?? {}
      const hasKeys = requiredAffinity.every(({ topologyKey }) =>
        Object.hasOwn(node.labels, topologyKey),
      )
      if (!hasKeys) return NO_AFFINITY
      const isNear = requiredAffinity.every(({ topologyKey }) => affinity.of(node, topologyKey) > 0)
      // The first of a group whose members want to be together has nobody to be with but itself.
      if (!isNear && !(affinity.isEmpty && meansAll(requiredAffinity, pod))) return NO_AFFINITY
      if (requiredAntiAffinity.some(({ topologyKey }) => anti.of(node, topologyKey) > 0))
        return ANTI_AFFINITY
      return existingAnti.hits(node) ? EXISTING : undefined
    },

    addPod: (state, pod, added, node) => change(state.read(filtering), pod, added, node, 1),
    removePod: (state, pod, removed, node) => change(state.read(filtering), pod, removed, node, -1),

    preScore(state, pod, _nodes, all) {
      if (!hasPreferences(pod) && all.withAffinity().length === 0) return SKIP
      const sums = attractionOf(pod).of(all)
      if (sums.isEmpty) return SKIP
      state.write(scoring, sums)
      return undefined
    },
    score: (state, _pod, node) => state.read(scoring)!.sum(node),
    normalize(_state, _pod, scores) {
      let [min, max] = [Infinity, -Infinity]
      for (const score of scores) {
        min = Math.min(min, score)
        max = Math.max(max, score)
      }
      for (const [i, score] of scores.entries()) {
        scores[i] = max > min ? Math.trunc((MAX_SCORE * (score - min)) / (max - min)) : 0
      }
    },
  }
}
