import { validateLabels } from '../../../apimachinery/label-validation.ts'
import { forbidden, type FieldError } from '../../../schema/field-error.ts'
import { validateAnnotations } from '../../meta/v1/object-meta-validation.ts'
import { eachAt, NONE } from '../../validation/rules.ts'
import { validateImageIsTrimmed } from './container-validation.ts'
import { validatePodAnnotations, validateProfilesAgree } from './pod-annotation-validation.ts'
import type { PodTemplateSpec } from './common.ts'
import { validatePodSpec } from './pod-spec-validation.ts'
import type { PodSpec } from './pod-spec.ts'
import type { Pod } from './pod.ts'

/** Checks a Pod that is to be created. */
export function validatePodCreate(pod: Pod): FieldError[] {
  const { metadata, spec } = pod
  return [
    ...validatePodAsSuch(pod),
    ...(spec.ephemeralContainers
      ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')]
      : NONE),
    ...(spec.nodeName && spec.schedulingGates
      ? [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')]
      : NONE),
    ...validateProfilesAgree(metadata.annotations, spec, 'spec'),
  ]
}

/** What holds for a Pod at any time. */
export function validatePodAsSuch({ metadata, spec }: Pod): FieldError[] {
  return [
    ...validatePodAnnotations(metadata.annotations, spec, 'metadata.annotations'),
    ...validatePodSpec(spec, 'spec', { isPod: true, podName: metadata.name }),
    ...validateTokensHaveAccount(spec),
    ...eachAt(spec.containers, 'spec.containers', validateImageIsTrimmed),
    ...eachAt(spec.initContainers, 'spec.initContainers', validateImageIsTrimmed),
  ]
}

function validateTokensHaveAccount(spec: PodSpec): FieldError[] {
  if (spec.serviceAccountName) return NONE
  const text = 'must not be specified when serviceAccountName is not set'
  return eachAt(spec.volumes, 'spec.volumes', ({ projected }, at) =>
    eachAt(projected?.sources, `${at}.projected.sources`, ({ serviceAccountToken }, sourcePath) =>
      serviceAccountToken ? [forbidden(`${sourcePath}.serviceAccountToken`, text)] : NONE,
    ),
  )
}

/** Checks a template that Pods are made from. */
export function validatePodTemplateSpec(
  { metadata, spec }: PodTemplateSpec,
  path: string,
): FieldError[] {
  return [
    ...validateLabels(metadata.labels, `${path}.labels`),
    ...validateAnnotations(metadata.annotations, `${path}.annotations`),
    ...validatePodAnnotations(metadata.annotations, spec, `${path}.annotations`),
    ...validatePodSpec(spec, `${path}.spec`, { isPod: false }),
    ...validateProfilesAgree(metadata.annotations, spec, `${path}.spec`),
    ...(spec.ephemeralContainers
      ? [
          forbidden(
            `${path}.spec.ephemeralContainers`,
            'ephemeral containers not allowed in pod template',
          ),
        ]
      : NONE),
  ]
}
