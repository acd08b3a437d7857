import type { PodAffinityTerm } from '../../api/core/v1/affinity.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import {
  matches,
  NOTHING,
  selectorFrom,
  selectsEverything,
  type Labels,
  type Selector,
} from '../../apimachinery/labels.ts'

/** A term of affinity to Pods, ready to be asked. */
export interface AffinityTerm {
  readonly topologyKey: string
  readonly selector: Selector
  readonly namespaces: ReadonlySet<string>
  readonly namespaceSelector: Selector
}

export interface WeightedTerm extends AffinityTerm {
  readonly weight: number
}

export interface AffinityTerms {
  readonly requiredAffinity: readonly AffinityTerm[]
  readonly requiredAntiAffinity: readonly AffinityTerm[]
  readonly preferredAffinity: readonly WeightedTerm[]
  readonly preferredAntiAffinity: readonly WeightedTerm[]
}

/** The terms of a Pod's affinity to other Pods; undefined where it has none. */
export function parseTerms(pod: Pod): AffinityTerms | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  if (!podAffinity && !podAntiAffinity) return undefined
  const required = (terms: readonly PodAffinityTerm[] | undefined) =>
    (terms ?? []).map((term) => parseTerm(pod, term))
  const preferred = (
    terms: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] | undefined,
  ) =>
    (terms ?? []).map(({ weight, podAffinityTerm }) => ({
      ...parseTerm(pod, podAffinityTerm),
      weight,
    }))
  return {
    requiredAffinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(
      podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
    ),
  }
}

function parseTerm(pod: Pod, term: PodAffinityTerm): AffinityTerm {
  const { namespaces = [], namespaceSelector, topologyKey } = term
  // matchLabelKeys are in the selector already: the API server merges them in when the Pod is created (KEP-3633).
  const own = namespaces.length === 0 && !namespaceSelector
  return {
    topologyKey,
    selector: selectorFrom(term.labelSelector),
    namespaces: new Set(own ? [pod.metadata.namespace] : namespaces),
    namespaceSelector: namespaceSelector ? selectorFrom(namespaceSelector) : NOTHING,
  }
}

/** Whether a term means this Pod. `labelsOf` gives the labels of a namespace. */
export function termMatches(
  { selector, namespaces, namespaceSelector }: AffinityTerm,
  { metadata: { namespace, labels } }: Pod,
  labelsOf: (namespace: string) => Labels | undefined,
): boolean {
  if (!matches(selector, labels)) return false
  if (namespaces.has(namespace)) return true
  if (namespaceSelector.nothing) return false
  return selectsEverything(namespaceSelector) || matches(namespaceSelector, labelsOf(namespace))
}
