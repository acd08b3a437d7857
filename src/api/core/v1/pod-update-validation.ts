import { equal } from '../../../apimachinery/equality.ts'
import { forbidden, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeItems, withField, withFields } from '../../change.ts'
import { difference } from '../../difference.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { between, eachAt, MAX_INT32, NONE, orNull } from '../../validation/rules.ts'
import type { NodeAffinity } from './affinity.ts'
import { validateImageIsTrimmed } from './container-validation.ts'
import { EphemeralContainer, type Container } from './container.ts'
import { MIRROR_POD, validatePodAnnotationsUpdate } from './pod-annotation-validation.ts'
import { PodSpec } from './pod-spec.ts'
import { validatePodAsSuch } from './pod-validation.ts'
import type { Pod } from './pod.ts'
import type { NodeSelectorTerm } from './selector.ts'
import { validateTolerations } from './toleration-validation.ts'
import type { Toleration } from './toleration.ts'

const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',')

/** Checks an update of a Pod: little of its spec may change once it is there. */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const { spec } = pod
  const errors = [
    ...validatePodAsSuch(pod),
    ...validatePodAnnotationsUpdate(
      pod.metadata.annotations,
      old.metadata.annotations,
      'metadata.annotations',
    ),
  ]
  for (const field of ['containers', 'initContainers'] as const) {
    if ((spec[field]?.length ?? 0) !== (old.spec[field]?.length ?? 0))
      return [...errors, forbidden(`spec.${field}`, 'pod updates may not add or remove containers')]
    errors.push(...eachAt(spec[field], `spec.${field}`, validateImage))
  }
  const deadlineErrors = validateDeadline(spec, old.spec, 'spec.activeDeadlineSeconds')
  errors.push(...deadlineErrors)
  if (deadlineErrors.length > 0 && spec.activeDeadlineSeconds !== undefined) return errors
  return [
    ...errors,
    ...validateOnlyAddedTolerations(spec.tolerations, old.spec.tolerations, 'spec.tolerations'),
    ...validateOnlyRemovedGates(spec, old.spec, 'spec.schedulingGates'),
    ...validateRestUnchanged(spec, old.spec),
  ]
}

function validateImage(container: Container, path: string): FieldError[] {
  return container.image ? validateImageIsTrimmed(container, path) : [required(`${path}.image`)]
}

/** The deadline may be set, and be brought forward. */
function validateDeadline(spec: PodSpec, old: PodSpec, path: string): FieldError[] {
  const [now, before] = [spec.activeDeadlineSeconds, old.activeDeadlineSeconds]
  if (now === undefined) {
    return before === undefined
      ? NONE
      : [invalid(path, orNull(now), 'must not update from a positive integer to nil value')]
  }
  const errors = between(now, 0, MAX_INT32, path)
  if (errors.length > 0 || before === undefined || now <= before) return errors
  return [invalid(path, now, 'must be less than or equal to previous value')]
}

function validateOnlyAddedTolerations(
  tolerations: readonly Toleration[] = [],
  old: readonly Toleration[] = [],
  path: string,
): FieldError[] {
  const isThere = (each: Toleration): boolean =>
    tolerations.some((now) =>
      equal(now, withField(each, 'tolerationSeconds', now.tolerationSeconds)),
    )
  if (old.every(isThere)) return validateTolerations(tolerations, path)
  return [forbidden(path, 'existing toleration can not be modified except its tolerationSeconds')]
}

function validateOnlyRemovedGates(spec: PodSpec, old: PodSpec, path: string): FieldError[] {
  return eachAt(spec.schedulingGates, path, ({ name }, at) => {
    if (old.schedulingGates?.some((each) => each.name === name)) return NONE
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`
    return [forbidden(`${at}.name`, text)]
  })
}

// What may change is set back to what it was; then nothing else may differ.
function validateRestUnchanged(spec: PodSpec, old: PodSpec): FieldError[] {
  if (semanticEqual(PodSpec, spec, old)) return NONE
  const isGated = old.schedulingGates !== undefined
  const errors = isGated ? validateGatedPod(spec, old) : NONE
  const munged = withUpdatable(spec, old, isGated)
  if (semanticEqual(PodSpec, munged, old)) return errors
  const text = `pod updates may not change fields other than ${UPDATABLE}\n${difference(old, munged)}`
  return [...errors, forbidden('spec', text)]
}

function withUpdatable(spec: PodSpec, old: PodSpec, isGated: boolean): PodSpec {
  const raisesNegativeGrace =
    old.terminationGracePeriodSeconds < 0 && spec.terminationGracePeriodSeconds === 1
  return withFields(spec, {
    containers: withImagesOf(spec.containers, old.containers),
    initContainers: spec.initContainers && withImagesOf(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
    ...(raisesNegativeGrace && {
      terminationGracePeriodSeconds: old.terminationGracePeriodSeconds,
    }),
    ...(isGated && { nodeSelector: old.nodeSelector, affinity: withNodeAffinityOf(spec, old) }),
  })
}

function withImagesOf(
  containers: readonly Container[],
  old: readonly Container[] = [],
): readonly Container[] {
  let i = 0
  return changeItems(containers, (each) => withField(each, 'image', old[i++]?.image))
}

function withNodeAffinityOf(spec: PodSpec, old: PodSpec): PodSpec['affinity'] {
  const affinity = withField(spec.affinity ?? {}, 'nodeAffinity', old.affinity?.nodeAffinity)
  return !old.affinity && Object.keys(affinity).length === 0 ? undefined : affinity
}

/** While gates hold it back, a Pod may still be narrowed down to fewer nodes (KEP-3838). */
function validateGatedPod(spec: PodSpec, old: PodSpec): FieldError[] {
  const selector = spec.nodeSelector ?? {}
  const isNarrowed = Object.entries(old.nodeSelector ?? {}).every(
    ([key, value]) => selector[key] === value,
  )
  const text = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
  return [
    ...(isNarrowed ? NONE : [invalid('spec.nodeSelector', selector, text)]),
    ...validateNodeAffinityAdditions(
      spec.affinity?.nodeAffinity,
      old.affinity?.nodeAffinity,
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms',
    ),
  ]
}

function validateNodeAffinityAdditions(
  affinity: NodeAffinity | undefined,
  old: NodeAffinity | undefined,
  path: string,
): FieldError[] {
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const before = old?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (before.length === 0) return NONE
  if (before.length !== terms.length) {
    const text = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'
    return [invalid(path, terms, text)]
  }
  return eachAt(terms, path, (term, at, i) =>
    hasOnlyAdditions(term, before[i]!)
      ? NONE
      : [invalid(at, term, 'only additions are allowed (no mutations or deletions)')],
  )
}

function hasOnlyAdditions(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const
  // An empty term selects nothing; with additions it would select more.
  if (lists.every((list) => !old[list])) return lists.every((list) => !term[list])
  return lists.every((list) => {
    const before = old[list] ?? []
    return equal((term[list] ?? []).slice(0, before.length), before)
  })
}

/** Checks an update through `ephemeralcontainers`: they can only be added. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[MIRROR_POD] !== undefined)
    return [forbidden('', 'static pods do not support ephemeral containers')]
  const now = new Map((pod.spec.ephemeralContainers ?? []).map((each) => [each.name, each]))
  const path = 'spec.ephemeralContainers'
  return [
    ...validatePodAsSuch(pod),
    ...validatePodAnnotationsUpdate(
      pod.metadata.annotations,
      old.metadata.annotations,
      'metadata.annotations',
    ),
    ...(old.spec.ephemeralContainers ?? []).flatMap((before) => {
      const name = `existing ephemeral containers ${JSON.stringify(before.name)}`
      const after = now.get(before.name)
      if (!after) return [forbidden(path, `${name} may not be removed\n`)]
      if (semanticEqual(EphemeralContainer, after, before)) return NONE
      return [forbidden(path, `${name} may not be changed\n${difference(before, after)}`)]
    }),
  ]
}
