import { dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { forbidden, invalid, type FieldError } from '../../../schema/field-error.ts'
import { NONE, problemsAt } from '../../validation/rules.ts'
import { containersOf } from './pod-containers.ts'
import type { PodSpec } from './pod-spec.ts'
import type { WindowsSecurityContextOptions } from './security.ts'

const CREDENTIAL_SPEC_KIB_MAX = 64
const DOMAIN_LENGTH_MAX = 256
const USER_LENGTH_MAX = 104

const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const DNS_NAME = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`)

/** Checks the options of a security context that only Windows knows. */
export function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  path: string,
): FieldError[] {
  if (!options) return NONE
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options
  const specProblem = spec === undefined ? undefined : credentialSpecProblem(spec)
  return [
    ...(name === undefined
      ? NONE
      : problemsAt(`${path}.gmsaCredentialSpecName`, name, dns1123SubdomainProblems(name))),
    ...(specProblem === undefined
      ? NONE
      : [invalid(`${path}.gmsaCredentialSpec`, spec, specProblem)]),
    ...(user === undefined ? NONE : problemsAt(`${path}.runAsUserName`, user, userProblems(user))),
  ]
}

function credentialSpecProblem(spec: string): string | undefined {
  if (spec === '') return 'gmsaCredentialSpec cannot be an empty string'
  return spec.length > CREDENTIAL_SPEC_KIB_MAX * 1024
    ? `gmsaCredentialSpec size must be under ${CREDENTIAL_SPEC_KIB_MAX} KiB`
    : undefined
}

function userProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string']
  if (/\p{Cc}/u.test(name)) return ['runAsUserName cannot contain control characters']
  const parts = name.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const [user = '', domain] = parts.toReversed()
  return [...(domain === undefined ? [] : domainProblems(domain)), ...accountProblems(user)]
}

function domainProblems(domain: string): string[] {
  const problems: string[] = []
  if (domain.length >= DOMAIN_LENGTH_MAX)
    problems.push(`runAsUserName's Domain length must be under ${DOMAIN_LENGTH_MAX} characters`)
  if (!NETBIOS.test(domain) && !DNS_NAME.test(domain))
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
  return problems
}

function accountProblems(user: string): string[] {
  const problems: string[] = []
  if (user === '') problems.push("runAsUserName's User cannot be empty")
  if (user.length > USER_LENGTH_MAX)
    problems.push(
      `runAsUserName's User length must not be longer than ${USER_LENGTH_MAX} characters`,
    )
  if (/^[. ]+$/.test(user))
    problems.push("runAsUserName's User cannot contain only periods or spaces")
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    problems.push(
      'runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]',
    )
  return problems
}

/** Containers that run on a Windows node itself: all of a Pod or none, and only on the node's network. */
export function validateHostProcesses(spec: PodSpec, path: string): FieldError[] {
  const ofPod = spec.securityContext.windowsOptions?.hostProcess
  const errors: FieldError[] = []
  let [count, hostProcesses] = [0, 0]
  for (const [container, at] of containersOf(spec, path)) {
    const own = container.securityContext?.windowsOptions?.hostProcess
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const text = `pod hostProcess value must be identical if both are specified, was ${ofPod}`
      errors.push(invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, text))
    }
    count += 1
    if (own ?? ofPod) hostProcesses += 1
  }
  if (hostProcesses === 0) return errors
  if (hostProcesses !== count) {
    const text =
      'If pod contains any hostProcess containers then all containers must be HostProcess containers'
    errors.push(invalid(path, '', text))
  }
  if (!spec.hostNetwork) {
    const text = 'hostNetwork must be true if pod contains any hostProcess containers'
    errors.push(invalid(`${path}.hostNetwork`, false, text))
  }
  return errors
}

const NOT_ON_WINDOWS = 'cannot be set for a windows pod'

const POD_FIELDS = ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const

const POD_SECURITY_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
] as const

const CONTAINER_SECURITY_FIELDS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const

/** What Windows does not have. */
export function validateForWindows(spec: PodSpec, path: string): FieldError[] {
  return [
    ...refuseSet(spec, POD_FIELDS, path),
    ...refuseSet(spec.securityContext, POD_SECURITY_FIELDS, `${path}.securityContext`),
    ...containersOf(spec, path).flatMap(([container, at]) =>
      refuseSet(container.securityContext, CONTAINER_SECURITY_FIELDS, `${at}.securityContext`),
    ),
  ]
}

function refuseSet(
  object: object | undefined,
  fields: readonly string[],
  path: string,
): FieldError[] {
  return fields
    .filter((field) => (object as Record<string, unknown> | undefined)?.[field] !== undefined)
    .map((field) => forbidden(`${path}.${field}`, NOT_ON_WINDOWS))
}

/** What only Windows has. */
export function validateForLinux(spec: PodSpec, path: string): FieldError[] {
  const text = 'windows options cannot be set for a linux pod'
  return [
    ...(spec.securityContext.windowsOptions
      ? [forbidden(`${path}.securityContext.windowsOptions`, text)]
      : NONE),
    ...containersOf(spec, path)
      .filter(([container]) => container.securityContext?.windowsOptions)
      .map(([, at]) => forbidden(`${at}.securityContext.windowsOptions`, text)),
  ]
}
