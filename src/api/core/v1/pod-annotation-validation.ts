import { forbidden, invalid, type FieldError } from '../../../schema/field-error.ts'
import { NONE } from '../../validation/rules.ts'
import { containersOf } from './pod-containers.ts'
import type { PodSpec } from './pod-spec.ts'
import type { AppArmorProfile, SeccompProfile } from './security.ts'
import { validateDescendingPath } from './volume-paths.ts'

type Annotations = Readonly<Record<string, string>>

export const MIRROR_POD = 'kubernetes.io/config.mirror'
export const POD_DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'
export const APPARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/'
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
export const SECCOMP_CONTAINER_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/'

const LOCALHOST = 'localhost/'

/** Checks the annotations that mean something for Pods. */
export function validatePodAnnotations(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
): FieldError[] {
  if (!annotations) return NONE
  return Object.entries(annotations).flatMap(([key, value]) =>
    validateAnnotation(key, value, spec, path),
  )
}

function validateAnnotation(key: string, value: string, spec: PodSpec, path: string): FieldError[] {
  if (key === MIRROR_POD && !spec.nodeName)
    return [
      invalid(`${path}[${key}]`, value, 'must set spec.nodeName if mirror pod annotation is set'),
    ]
  if (key === POD_DELETION_COST && !isDeletionCost(value))
    return [invalid(`${path}[${key}]`, value, 'must be a 32bit integer')]
  if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER_PREFIX))
    return validateSeccomp(value, `${path}.${key}`)
  if (key.startsWith(APPARMOR_PREFIX)) return validateAppArmor(key, value, spec, path)
  return NONE
}

function isDeletionCost(value: string): boolean {
  // The same number must not be written in two ways.
  return /^(0|-?[1-9]\d*)$/.test(value) && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 31
}

function validateSeccomp(profile: string, path: string): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return NONE
  if (profile.startsWith(LOCALHOST))
    return validateDescendingPath(profile.slice(LOCALHOST.length), path)
  return [invalid(path, profile, 'must be a valid seccomp profile')]
}

function validateAppArmor(key: string, profile: string, spec: PodSpec, path: string): FieldError[] {
  const name = key.slice(APPARMOR_PREFIX.length)
  const isKnown = containersOf(spec).some(([container]) => container.name === name)
  const isProfile =
    ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith(LOCALHOST)
  const text = `invalid AppArmor profile name: ${JSON.stringify(profile)}`
  return [
    ...(isKnown ? NONE : [invalid(`${path}[${key}]`, name, 'container not found')]),
    ...(isProfile ? NONE : [invalid(`${path}[${key}]`, profile, text)]),
  ]
}

/** Annotations that stay as they were when the Pod was made. */
export function validatePodAnnotationsUpdate(
  annotations: Annotations = {},
  old: Annotations = {},
  path: string,
): FieldError[] {
  const changed = [...new Set([...Object.keys(old), ...Object.keys(annotations)])].filter(
    (key) => annotations[key] !== old[key],
  )
  return changed.flatMap((key) => {
    const isNew = !Object.hasOwn(old, key)
    // A value that appears is an addition; one that changes or goes is an update.
    const did = isNew ? 'may not add' : 'may not remove or update'
    if (key.startsWith(APPARMOR_PREFIX))
      return [forbidden(`${path}[${key}]`, `${did} AppArmor annotations`)]
    return key === MIRROR_POD
      ? [forbidden(`${path}[${key}]`, `${did} mirror pod annotation`)]
      : NONE
  })
}

/** Profiles that are set both as annotation and as field must agree. */
export function validateProfilesAgree(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
): FieldError[] {
  if (!annotations || Object.keys(annotations).length === 0) return NONE
  const ofPod = spec.securityContext
  return [
    ...seccompAgrees(
      annotations[SECCOMP_POD],
      ofPod.seccompProfile,
      `${path}.securityContext.seccompProfile`,
    ),
    ...containersOf(spec, path).flatMap(([{ name, securityContext }, at]) => [
      ...seccompAgrees(
        annotations[SECCOMP_CONTAINER_PREFIX + name],
        securityContext?.seccompProfile,
        `${at}.securityContext.seccompProfile`,
      ),
      ...(spec.os?.name === 'windows'
        ? NONE
        : appArmorAgrees(
            annotations[APPARMOR_PREFIX + name],
            securityContext?.appArmorProfile ?? ofPod.appArmorProfile,
            `${at}.securityContext.appArmorProfile`,
          )),
    ]),
  ]
}

function seccompAgrees(
  annotation: string | undefined,
  profile: SeccompProfile | undefined,
  path: string,
): FieldError[] {
  const names = {
    Unconfined: ['unconfined'],
    RuntimeDefault: ['runtime/default', 'docker/default'],
  }
  return agrees(annotation, profile, names, 'seccomp', path)
}

function appArmorAgrees(
  annotation: string | undefined,
  profile: AppArmorProfile | undefined,
  path: string,
): FieldError[] {
  const names = { Unconfined: ['unconfined'], RuntimeDefault: ['runtime/default'] }
  return agrees(annotation, profile, names, 'apparmor', path)
}

function agrees(
  annotation: string | undefined,
  profile: Pick<SeccompProfile, 'type' | 'localhostProfile'> | undefined,
  names: Readonly<Record<string, readonly string[]>>,
  what: string,
  path: string,
): FieldError[] {
  if (annotation === undefined || !profile) return NONE
  const wrongType = [forbidden(`${path}.type`, `${what} type in annotation and field must match`)]
  if (profile.type !== 'Localhost')
    return names[profile.type]?.includes(annotation) === false ? wrongType : NONE
  if (!annotation.startsWith(LOCALHOST)) return wrongType
  return annotation.slice(LOCALHOST.length) === profile.localhostProfile
    ? NONE
    : [forbidden(`${path}.localhostProfile`, `${what} profile in annotation and field must match`)]
}
