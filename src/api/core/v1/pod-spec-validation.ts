import { validateLabels } from '../../../apimachinery/label-validation.ts'
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  required,
  tooLong,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import {
  between,
  dnsSubdomain,
  eachAt,
  MAX_INT32,
  NONE,
  oneOf,
  optionalName,
  problemsAt,
  qualifiedName,
  requiredOneOf,
} from '../../validation/rules.ts'
import { validateAffinity, validateTopologySpread } from './affinity-validation.ts'
import {
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
  type ContainerContext,
} from './container-validation.ts'
import { containersOf } from './pod-containers.ts'
import { validatePodDns, validateHostAliases } from './pod-dns-validation.ts'
import { aggregateContainerRequests } from './pod-resources.ts'
import type { PodResourceClaim, PodSchedulingGate, PodSpec } from './pod-spec.ts'
import {
  compareTexts,
  validatePodResourceName,
  validateResourceRequirements,
} from './resource-validation.ts'
import { validatePodSecurityContext } from './security-validation.ts'
import { validateTolerations } from './toleration-validation.ts'
import { usableVolumes, validateVolumes } from './volume-validation.ts'
import {
  validateForLinux,
  validateForWindows,
  validateHostProcesses,
} from './windows-validation.ts'

/** Where a PodSpec stands. */
export interface PodSpecContext {
  /** In a Pod, where all is decided; in a template, some things still come. */
  readonly isPod: boolean
  readonly podName?: string
}

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never']
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const PREEMPTION_POLICIES = ['PreemptLowerPriority', 'Never']
const HOSTNAME_LENGTH_MAX = 64

/** Checks the spec of a Pod, or of a template that Pods are made from. */
export function validatePodSpec(
  spec: PodSpec,
  path: string,
  { isPod, podName }: PodSpecContext,
): FieldError[] {
  const volumesPath = `${path}.volumes`
  const volumeErrors = validateVolumes(spec.volumes, volumesPath, { podName, isPod })
  const context: ContainerContext = {
    spec,
    volumes: usableVolumes(spec.volumes, volumesPath, volumeErrors),
    claimNames: new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean)),
  }
  return [
    ...volumeErrors,
    ...validateResourceClaims(spec.resourceClaims, `${path}.resourceClaims`),
    ...validateContainers(context, `${path}.containers`),
    ...validateInitContainers(context, `${path}.initContainers`),
    ...validateEphemeralContainers(context, `${path}.ephemeralContainers`),
    ...validatePodResources(context, path),
    ...validateHostNetworkPorts(spec, path, isPod),
    ...requiredOneOf(spec.restartPolicy, RESTART_POLICIES, `${path}.restartPolicy`),
    ...requiredOneOf(spec.dnsPolicy, DNS_POLICIES, `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${path}.securityContext`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validatePodDns(spec, `${path}.dnsConfig`),
    ...eachAt(spec.readinessGates, `${path}.readinessGates`, ({ conditionType }, at) =>
      qualifiedName(conditionType, `${at}.conditionType`),
    ),
    ...validateSchedulingGates(spec.schedulingGates, `${path}.schedulingGates`),
    ...validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...validateHostProcesses(spec, path),
    ...validateHostUsers(spec, path),
    ...validateHostnameOverride(spec, `${path}.hostnameOverride`),
    ...validatePodNames(spec, path),
    ...between(spec.activeDeadlineSeconds, 1, MAX_INT32, `${path}.activeDeadlineSeconds`),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...validateHostAliases(spec.hostAliases, `${path}.hostAliases`),
    ...oneOf(spec.preemptionPolicy, PREEMPTION_POLICIES, `${path}.preemptionPolicy`),
    ...(spec.overhead
      ? validateResourceRequirements({ limits: spec.overhead }, `${path}.overhead`)
      : NONE),
    ...validateOs(spec, path),
    ...validateEnvFileVolumes(spec, path),
  ]
}

function validatePodNames(spec: PodSpec, path: string): FieldError[] {
  return [
    ...optionalName(
      spec.serviceAccountName,
      `${path}.serviceAccountName`,
      dns1123SubdomainProblems,
    ),
    ...optionalName(spec.nodeName, `${path}.nodeName`, dns1123SubdomainProblems),
    ...optionalName(spec.hostname, `${path}.hostname`, dns1123LabelProblems),
    ...optionalName(spec.subdomain, `${path}.subdomain`, dns1123LabelProblems),
    ...optionalName(spec.priorityClassName, `${path}.priorityClassName`, dns1123SubdomainProblems),
    ...(spec.runtimeClassName === undefined
      ? NONE
      : dnsSubdomain(spec.runtimeClassName, `${path}.runtimeClassName`)),
  ]
}

function validateResourceClaims(
  claims: readonly PodResourceClaim[] | undefined,
  path: string,
): FieldError[] {
  const names = new Set<string>()
  return eachAt(claims, path, (claim, at) => {
    const { name, resourceClaimName, resourceClaimTemplateName: template } = claim
    const isTwice = name !== '' && names.has(name)
    names.add(name)
    return [
      ...(name === '' ? [required(`${at}.name`)] : NONE),
      ...(isTwice
        ? [duplicate(`${at}.name`, name)]
        : optionalName(name, `${at}.name`, dns1123LabelProblems)),
      ...(resourceClaimName !== undefined && template !== undefined
        ? [
            invalid(
              at,
              claim,
              'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
            ),
          ]
        : NONE),
      ...(resourceClaimName === undefined && template === undefined
        ? [
            invalid(
              at,
              claim,
              'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
            ),
          ]
        : NONE),
      ...(resourceClaimName === undefined
        ? NONE
        : dnsSubdomain(resourceClaimName, `${at}.resourceClaimName`)),
      ...(template === undefined
        ? NONE
        : dnsSubdomain(template, `${at}.resourceClaimTemplateName`)),
    ]
  })
}

/** Resources of the Pod as a whole (KEP-2837). */
function validatePodResources({ spec, claimNames }: ContainerContext, path: string): FieldError[] {
  const { resources } = spec
  if (!resources) return NONE
  const at = `${path}.resources`
  if (spec.os?.name === 'windows') return [forbidden(at, 'may not be set for a windows pod')]
  return [
    ...(resources.claims
      ? [forbidden(`${at}.claims`, 'claims may not be set for Resources at pod-level')]
      : NONE),
    ...validateResourceRequirements(resources, at, claimNames, validatePodResourceName),
    ...validateRequestsSuffice(spec, `${at}.requests`),
    ...validateLimitsSuffice(spec, at),
  ]
}

function validateRequestsSuffice(spec: PodSpec, path: string): FieldError[] {
  const own = spec.resources?.requests ?? {}
  return Object.entries(aggregateContainerRequests(spec)).flatMap(([name, needed]) => {
    const request = own[name] ?? '0'
    if (compareTexts(needed, request) <= 0) return NONE
    const text = `must be greater than or equal to aggregate container requests of ${needed}`
    return [invalid(`${path}[${name}]`, request, text)]
  })
}

function validateLimitsSuffice(spec: PodSpec, path: string): FieldError[] {
  const own = spec.resources?.limits ?? {}
  return eachAt(spec.containers, `${path}.containers`, ({ resources }, at) =>
    Object.entries(resources.limits ?? {}).flatMap(([name, limit]) => {
      const most = own[name]
      if (most === undefined || compareTexts(limit, most) <= 0) return NONE
      const text = `must be less than or equal to pod limits of ${most}`
      return [invalid(`${at}[${name}].limits`, limit, text)]
    }),
  )
}

function validateHostNetworkPorts(spec: PodSpec, path: string, isPod: boolean): FieldError[] {
  if (!spec.hostNetwork) return NONE
  const text = 'must match `containerPort` when `hostNetwork` is true'
  return eachAt(spec.containers, `${path}.containers`, ({ ports }, at) =>
    eachAt(ports, `${at}.ports`, ({ hostPort = 0, containerPort }, portPath) =>
      (isPod || hostPort !== 0) && hostPort !== containerPort
        ? [invalid(`${portPath}.hostPort`, hostPort, text)]
        : NONE,
    ),
  )
}

function validateSchedulingGates(
  gates: readonly PodSchedulingGate[] | undefined,
  path: string,
): FieldError[] {
  const seen = new Set<string>()
  return eachAt(gates, path, ({ name }, at) => {
    const isTwice = seen.has(name)
    seen.add(name)
    return [...qualifiedName(name, at), ...(isTwice ? [duplicate(at, name)] : NONE)]
  })
}

/** A user namespace of its own leaves no room for the node's other namespaces (KEP-127). */
function validateHostUsers(spec: PodSpec, path: string): FieldError[] {
  if (spec.hostUsers !== false) return NONE
  const text = 'when `hostUsers` is false'
  return [
    ...(spec.hostNetwork ? [forbidden(`${path}.hostNetwork`, text)] : NONE),
    ...(spec.hostPID ? [forbidden(`${path}.HostPID`, text)] : NONE),
    ...(spec.hostIPC ? [forbidden(`${path}.HostIPC`, text)] : NONE),
    ...containersOf(spec, path)
      .filter(([container]) => container.volumeDevices)
      .map(([, at]) => forbidden(`${at}.volumeDevices`, text)),
  ]
}

function validateHostnameOverride(spec: PodSpec, path: string): FieldError[] {
  const { hostnameOverride: name } = spec
  if (name === undefined) return NONE
  return [
    ...(spec.setHostnameAsFQDN
      ? [forbidden(path, 'may not be specified when setHostnameAsFQDN is true')]
      : NONE),
    ...(spec.hostNetwork
      ? [forbidden(path, 'may not be specified when hostNetwork is true')]
      : NONE),
    ...(name.length > HOSTNAME_LENGTH_MAX ? [tooLong(path, HOSTNAME_LENGTH_MAX)] : NONE),
    ...problemsAt(path, name, dns1123SubdomainProblems(name)),
  ]
}

function validateOs(spec: PodSpec, path: string): FieldError[] {
  if (!spec.os) return NONE
  const { name } = spec.os
  if (name === '') return [required(`${path}.os.name`, 'cannot be empty')]
  if (name === 'linux') return validateForLinux(spec, path)
  if (name === 'windows') return validateForWindows(spec, path)
  return [unsupported(`${path}.os`, name, ['linux', 'windows'])]
}

/** Files of variables lie in emptyDir volumes (KEP-3721). */
function validateEnvFileVolumes(spec: PodSpec, path: string): FieldError[] {
  return containersOf(spec, path).flatMap(([{ env }, at]) =>
    eachAt(env, `${at}.env`, ({ valueFrom }, envPath) => {
      const name = valueFrom?.fileKeyRef?.volumeName
      if (name === undefined) return NONE
      const volumePath = `${envPath}.valueFrom.fileKeyRef.volumeName`
      const volume = spec.volumes?.findLast((each) => each.name === name)
      if (!volume) return [notFound(volumePath, name)]
      if (volume.emptyDir) return NONE
      return [invalid(volumePath, name, 'referenced volume must be of type emptyDir')]
    }),
  )
}
