import {
  duplicate,
  invalid,
  required,
  tooLong,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { eachAt, NONE, oneOf, userId } from '../../validation/rules.ts'
import type { PodSpec } from './pod-spec.ts'
import type { AppArmorProfile, SeccompProfile, SecurityContext } from './security.ts'
import { validateDescendingPath } from './volume-paths.ts'
import { validateWindowsOptions } from './windows-validation.ts'

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined']
const APPARMOR_PROFILE_BYTES_MAX = 4095 // PATH_MAX - 1

/** Checks the security context of a container. */
export function validateSecurityContext(
  context: SecurityContext | undefined,
  path: string,
  hostUsers: boolean,
): FieldError[] {
  if (!context) return NONE
  return [
    ...userId(context.runAsUser, `${path}.runAsUser`),
    ...userId(context.runAsGroup, `${path}.runAsGroup`),
    ...validateProcMount(context.procMount, hostUsers, `${path}.procMount`),
    ...validateSeccompProfile(context.seccompProfile, `${path}.seccompProfile`),
    ...validateEscalation(context, path),
    ...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`),
    ...validateAppArmorProfile(context.appArmorProfile, `${path}.appArmorProfile`),
  ]
}

function validateProcMount(
  procMount: string | undefined,
  hostUsers: boolean,
  path: string,
): FieldError[] {
  return [
    ...oneOf(procMount, ['Default', 'Unmasked'], path),
    ...(hostUsers && procMount === 'Unmasked'
      ? [invalid(path, procMount, '`hostUsers` must be false to use `Unmasked`')]
      : NONE),
  ]
}

function validateEscalation(context: SecurityContext, path: string): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return NONE
  const added = context.capabilities?.add ?? []
  return [
    ...(context.privileged
      ? [
          invalid(
            path,
            context,
            'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
          ),
        ]
      : NONE),
    ...added
      .filter((each) => each === 'CAP_SYS_ADMIN')
      .map(() => {
        const text =
          'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'
        return invalid(path, context, text)
      }),
  ]
}

function validateSeccompProfile(profile: SeccompProfile | undefined, path: string): FieldError[] {
  if (!profile) return NONE
  const { type, localhostProfile: local } = profile
  const at = `${path}.localhostProfile`
  return [
    ...validateProfileType(type, 'seccompProfile', `${path}.type`),
    ...(type === 'Localhost' && local === undefined
      ? [required(at, 'must be set when seccomp type is Localhost')]
      : NONE),
    ...(type === 'Localhost' && local !== undefined ? validateDescendingPath(local, at) : NONE),
    ...(type !== 'Localhost' && local !== undefined
      ? [invalid(at, profile, 'can only be set when seccomp type is Localhost')]
      : NONE),
  ]
}

function validateProfileType(type: string, field: string, path: string): FieldError[] {
  if (type === '') return [required(path, `type is required when ${field} is set`)]
  return PROFILE_TYPES.includes(type) ? NONE : [unsupported(path, type, PROFILE_TYPES)]
}

export function validateAppArmorProfile(
  profile: AppArmorProfile | undefined,
  path: string,
): FieldError[] {
  if (!profile) return NONE
  const { type, localhostProfile: local } = profile
  const at = `${path}.localhostProfile`
  if (type === 'Localhost') return validateLocalProfile(local, at)
  return [
    ...validateProfileType(type, 'appArmorProfile', `${path}.type`),
    ...(local !== undefined && PROFILE_TYPES.includes(type)
      ? [invalid(at, local, 'can only be set when AppArmor type is Localhost')]
      : NONE),
  ]
}

function validateLocalProfile(profile: string | undefined, path: string): FieldError[] {
  const missing = required(path, 'must be set when AppArmor type is Localhost')
  if (profile === undefined) return [missing]
  return [
    ...(profile !== profile.trim()
      ? [invalid(path, profile, 'must not be padded with whitespace')]
      : profile === ''
        ? [missing]
        : NONE),
    ...(profile.length > APPARMOR_PROFILE_BYTES_MAX
      ? [tooLong(path, APPARMOR_PROFILE_BYTES_MAX)]
      : NONE),
  ]
}

/** Checks the security context that a Pod gives all its containers. */
export function validatePodSecurityContext(spec: PodSpec, path: string): FieldError[] {
  const context = spec.securityContext
  if (Object.keys(context).length === 0 && !spec.shareProcessNamespace) return NONE
  const both = 'ShareProcessNamespace and HostPID cannot both be enabled'
  return [
    ...userId(context.fsGroup, `${path}.fsGroup`),
    ...userId(context.runAsUser, `${path}.runAsUser`),
    ...userId(context.runAsGroup, `${path}.runAsGroup`),
    ...eachAt(context.supplementalGroups, `${path}.supplementalGroups`, userId),
    ...(spec.shareProcessNamespace && spec.hostPID
      ? [invalid(`${path}.shareProcessNamespace`, true, both)]
      : NONE),
    ...validateSysctls(spec, `${path}.sysctls`),
    ...oneOf(
      context.fsGroupChangePolicy,
      ['Always', 'OnRootMismatch'],
      `${path}.fsGroupChangePolicy`,
    ),
    ...validateSeccompProfile(context.seccompProfile, `${path}.seccompProfile`),
    ...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`),
    ...validateAppArmorProfile(context.appArmorProfile, `${path}.appArmorProfile`),
    ...oneOf(
      context.supplementalGroupsPolicy,
      ['Merge', 'Strict'],
      `${path}.supplementalGroupsPolicy`,
    ),
    ...oneOf(
      context.seLinuxChangePolicy,
      ['MountOption', 'Recursive'],
      `${path}.seLinuxChangePolicy`,
    ),
  ]
}

const SYSCTL_LENGTH_MAX = 253
const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const SYSCTL = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`
const SYSCTL_PATTERN = new RegExp(SYSCTL)

function validateSysctls(spec: PodSpec, path: string): FieldError[] {
  const seen = new Set<string>()
  return eachAt(spec.securityContext.sysctls, path, ({ name }, at) => {
    const errors = [...validateSysctlName(name, seen, `${at}.name`)]
    const namespace = sysctlNamespace(name)
    if (spec.hostNetwork && namespace === 'net')
      errors.push(invalid(`${at}.name`, name, "may not be specified when 'hostNetwork' is true"))
    else if (spec.hostIPC && namespace === 'ipc')
      errors.push(invalid(`${at}.name`, name, "may not be specified when 'hostIPC' is true"))
    seen.add(name)
    return errors
  })
}

function validateSysctlName(name: string, seen: ReadonlySet<string>, path: string): FieldError[] {
  if (name === '') return [required(path)]
  if (name.length > SYSCTL_LENGTH_MAX || !SYSCTL_PATTERN.test(name)) {
    const text = `must have at most ${SYSCTL_LENGTH_MAX} characters and match regex ${SYSCTL}`
    return [invalid(path, name, text)]
  }
  return seen.has(name) ? [duplicate(path, name)] : NONE
}

const IPC_SYSCTLS = /^(kernel\.(sem|shm.*|msg.*)|fs\.mqueue\..*)$/

function sysctlNamespace(name: string): 'net' | 'ipc' | undefined {
  const dotted = /^[^./]*\//.test(name) ? name.replaceAll('/', '.') : name
  if (dotted.startsWith('net.')) return 'net'
  return IPC_SYSCTLS.test(dotted) ? 'ipc' : undefined
}
