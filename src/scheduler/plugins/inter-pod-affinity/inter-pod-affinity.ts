import type { Pod } from '../../../api/core/v1/pod.ts'
import type { Labels } from '../../../apimachinery/labels.ts'
import { parseTerms, termMatches, type AffinityTerm } from '../../cache/affinity-terms.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import { NodeMemos } from '../../cache/node-memo.ts'
import type { PodInfo } from '../../cache/pod-info.ts'
import { ADD, DELETE, NODE_LABEL, on, POD_LABEL, queueIf } from '../../framework/cluster-event.ts'
import { stateKey } from '../../framework/cycle-state.ts'
import { MAX_SCORE, type Plugin } from '../../framework/plugin.ts'
import { SKIP, unresolvable, unschedulable } from '../../framework/status.ts'
import { DomainCounts } from './domain-counts.ts'

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

interface NodeCounts {
  /** Pods that meet all affinity terms. */
  readonly all: number
  /** Pods that meet each of the anti-affinity terms. */
  readonly each: readonly number[]
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
  const memos = new NodeMemos<NodeCounts | undefined>()
  const repulsions = new NodeMemos<readonly string[] | undefined>()

  /** By node: how many Pods meet all of the affinity terms, and each of the others. */
  const countsOf = (pod: PodInfo) => {
    const { requiredAffinity = NO_TERMS, requiredAntiAffinity = NO_TERMS } = pod.terms ?? {}
    const { podAffinity, podAntiAffinity } = pod.pod.spec.affinity ?? {}
    const key = JSON.stringify([
      pod.pod.metadata.namespace,
      namespaces.version(),
      podAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
      podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
    ])
    return memos.get(key, (node) => {
      let all = 0
      const each = requiredAntiAffinity.map(() => 0)
      for (const { pod: other } of node.pods()) {
        if (meansAll(requiredAffinity, other)) all += 1
        for (const [i, term] of requiredAntiAffinity.entries()) {
          if (means(term, other)) each[i]! += 1
        }
      }
      return all > 0 || each.some((count) => count > 0) ? { all, each } : undefined
    })
  }
  /** By node: the topology keys by which its Pods do not want this one near, as often as they say so. */
  const repelledBy = (pod: Pod) => {
    const { namespace, labels } = pod.metadata
    const key = JSON.stringify([namespace, namespaces.version(), labels])
    return repulsions.get(key, (node) => {
      if (node.podsWithRequiredAntiAffinity().size === 0) return undefined
      const keys: string[] = []
      for (const { terms } of node.podsWithRequiredAntiAffinity().values()) {
        for (const term of terms!.requiredAntiAffinity) {
          if (means(term, pod)) keys.push(term.topologyKey)
        }
      }
      return keys.length > 0 ? keys : undefined
    })
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
      const existingAnti = new DomainCounts()
      if (nodes.withRequiredAntiAffinity().length > 0) {
        const repelled = repelledBy(pod.pod).of(nodes.list())
        nodes.list().forEach((node, i) => {
          for (const topologyKey of repelled[i] ?? []) existingAnti.add(node, topologyKey, 1)
        })
      }
      const [affinity, anti] = [new DomainCounts(), new DomainCounts()]
      if (requiredAffinity.length + requiredAntiAffinity.length > 0) {
        const counts = countsOf(pod).of(nodes.list())
        nodes.list().forEach((node, i) => {
          const found = counts[i]
          if (!found) return
          if (found.all > 0)
            for (const { topologyKey } of requiredAffinity)
              affinity.add(node, topologyKey, found.all)
          found.each.forEach((count, k) => {
            if (count > 0) anti.add(node, requiredAntiAffinity[k]!.topologyKey, count)
          })
        })
      } else if (existingAnti.isEmpty) return { status: SKIP }
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
      const { preferredAffinity = [], preferredAntiAffinity = [] } = pod.terms ?? {}
      const hasPreferences = preferredAffinity.length + preferredAntiAffinity.length > 0
      const nodes = hasPreferences ? all.list() : all.withAffinity()
      const sums = new DomainCounts()
      for (const node of nodes) {
        if (hasPreferences) {
          for (const { pod: other } of node.pods()) {
            for (const term of preferredAffinity)
              if (means(term, other)) sums.add(node, term.topologyKey, term.weight)
            for (const term of preferredAntiAffinity)
              if (means(term, other)) sums.add(node, term.topologyKey, -term.weight)
          }
        }
        for (const { terms } of node.podsWithAffinity().values()) {
          for (const term of terms!.requiredAffinity)
            if (means(term, pod.pod)) sums.add(node, term.topologyKey, hardPodAffinityWeight)
          if (ignorePreferredTermsOfExistingPods && !hasPreferences) continue
          for (const term of terms!.preferredAffinity)
            if (means(term, pod.pod)) sums.add(node, term.topologyKey, term.weight)
          for (const term of terms!.preferredAntiAffinity)
            if (means(term, pod.pod)) sums.add(node, term.topologyKey, -term.weight)
        }
      }
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
