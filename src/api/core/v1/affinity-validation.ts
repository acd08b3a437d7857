import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import type { LabelSelector } from '../../meta/v1/selector.ts'
import { eachAt, NONE, oneOf, positive, problemsAt, qualifiedName } from '../../validation/rules.ts'
import type {
  Affinity,
  NodeAffinity,
  PodAffinity,
  PodAffinityTerm,
  PodAntiAffinity,
  TopologySpreadConstraint,
} from './affinity.ts'
import { validateNodeSelector, validateNodeSelectorTerm } from './node-selector-validation.ts'

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'

/** Checks where a Pod wants to be, relative to nodes and to other Pods. */
export function validateAffinity(affinity: Affinity | undefined, path: string): FieldError[] {
  if (!affinity) return NONE
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, `${path}.nodeAffinity`) : NONE),
    ...(podAffinity ? validatePodAffinity(podAffinity, `${path}.podAffinity`) : NONE),
    ...(podAntiAffinity ? validatePodAffinity(podAntiAffinity, `${path}.podAntiAffinity`) : NONE),
  ]
}

function validateNodeAffinity(affinity: NodeAffinity, path: string): FieldError[] {
  const needed = affinity[REQUIRED]
  return [
    ...(needed ? validateNodeSelector(needed, `${path}.${REQUIRED}`) : NONE),
    ...eachAt(affinity[PREFERRED], `${path}.${PREFERRED}`, ({ weight, preference }, at) => [
      ...validateWeight(weight, `${at}.weight`),
      ...validateNodeSelectorTerm(preference, `${at}.preference`, { allowAnyValue: true }),
    ]),
  ]
}

function validatePodAffinity(
  affinity: Pick<PodAffinity | PodAntiAffinity, typeof REQUIRED | typeof PREFERRED>,
  path: string,
): FieldError[] {
  return [
    ...eachAt(affinity[REQUIRED], `${path}.${REQUIRED}`, validateTerm),
    ...eachAt(affinity[PREFERRED], `${path}.${PREFERRED}`, ({ weight, podAffinityTerm }, at) => [
      ...validateWeight(weight, `${at}.weight`),
      ...validateTerm(podAffinityTerm, `${at}.podAffinityTerm`),
    ]),
  ]
}

function validateWeight(weight: number, path: string): FieldError[] {
  return weight >= 1 && weight <= 100 ? NONE : [invalid(path, weight, 'must be in the range 1-100')]
}

function validateTerm(term: PodAffinityTerm, path: string): FieldError[] {
  return [
    ...validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
    ...(term.namespaces ?? []).flatMap((each) =>
      problemsAt(`${path}.namespace`, each, dns1123LabelProblems(each)),
    ),
    ...validateLabelKeys(term, path),
    ...(term.topologyKey === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : NONE),
    ...qualifiedName(term.topologyKey, `${path}.topologyKey`),
  ]
}

/** Keys whose values are taken from the Pod itself (KEP-3633). */
function validateLabelKeys(
  { matchLabelKeys, mismatchLabelKeys, labelSelector }: PodAffinityTerm,
  path: string,
): FieldError[] {
  if (!matchLabelKeys && !mismatchLabelKeys) return NONE
  const both = (matchLabelKeys ?? [])
    .map((key, i) => [key, `${path}.matchLabelKeys[${i}]`] as const)
    .filter(([key]) => mismatchLabelKeys?.includes(key))
  return [
    ...validateKeys(matchLabelKeys, labelSelector, `${path}.matchLabelKeys`),
    ...validateKeys(mismatchLabelKeys, labelSelector, `${path}.mismatchLabelKeys`),
    ...validateNotSelected(matchLabelKeys, labelSelector, path),
    ...both.map(([key, at]) =>
      invalid(at, key, 'exists in both matchLabelKeys and mismatchLabelKeys'),
    ),
  ]
}

function validateKeys(
  keys: readonly string[] | undefined,
  selector: LabelSelector | undefined,
  path: string,
): FieldError[] {
  if (!keys) return NONE
  if (!selector) return [forbidden(path, 'must not be specified when labelSelector is not set')]
  return eachAt(keys, path, qualifiedName)
}

// The requirements made from the keys are in the selector by now, so a key must not be there twice.
function validateNotSelected(
  keys: readonly string[] | undefined,
  selector: LabelSelector | undefined,
  path: string,
): FieldError[] {
  if (!keys || !selector) return NONE
  const seen = new Set(Object.keys(selector.matchLabels ?? {}))
  return (selector.matchExpressions ?? []).flatMap(({ key }) => {
    const index = keys.lastIndexOf(key)
    const isTwice = index >= 0 && seen.has(key)
    seen.add(key)
    if (!isTwice) return NONE
    return [invalid(`${path}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector')]
  })
}

/** Checks how a Pod's peers are to be spread. */
export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  path: string,
): FieldError[] {
  return eachAt(constraints, path, (constraint, at, i) => [
    ...positive(constraint.maxSkew, `${at}.maxSkew`),
    ...(constraint.topologyKey === '' ? [required(`${at}.topologyKey`, 'can not be empty')] : NONE),
    ...oneOf(
      constraint.whenUnsatisfiable,
      ['DoNotSchedule', 'ScheduleAnyway'],
      `${at}.whenUnsatisfiable`,
    ),
    ...validateNotRepeated(constraint, constraints!.slice(i + 1), at),
    ...validateMinDomains(constraint, `${at}.minDomains`),
    ...oneOf(constraint.nodeAffinityPolicy, ['Honor', 'Ignore'], `${at}.nodeAffinityPolicy`),
    ...oneOf(constraint.nodeTaintsPolicy, ['Honor', 'Ignore'], `${at}.nodeTaintsPolicy`),
    ...validateKeys(constraint.matchLabelKeys, constraint.labelSelector, `${at}.matchLabelKeys`),
    ...validateNotSelected(
      constraint.matchLabelKeys,
      constraint.labelSelector,
      `${at}.matchLabelKeys`,
    ),
    ...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`),
  ])
}

function validateNotRepeated(
  { topologyKey, whenUnsatisfiable }: TopologySpreadConstraint,
  others: readonly TopologySpreadConstraint[],
  path: string,
): FieldError[] {
  const isRepeated = others.some(
    (each) => each.topologyKey === topologyKey && each.whenUnsatisfiable === whenUnsatisfiable,
  )
  return isRepeated
    ? [
        duplicate(
          `${path}.{topologyKey, whenUnsatisfiable}`,
          `{${topologyKey}, ${whenUnsatisfiable}}`,
        ),
      ]
    : NONE
}

function validateMinDomains(
  { minDomains, whenUnsatisfiable: action }: TopologySpreadConstraint,
  path: string,
): FieldError[] {
  if (minDomains === undefined) return NONE
  const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`
  return [
    ...positive(minDomains, path),
    ...(action === 'DoNotSchedule' ? NONE : [invalid(path, minDomains, text)]),
  ]
}
