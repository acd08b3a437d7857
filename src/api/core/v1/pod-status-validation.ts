import { dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { duplicate, forbidden, invalid, type FieldError } from '../../../schema/field-error.ts'
import { validateDualStack, validateIp } from '../../validation/ip.ts'
import {
  dnsSubdomain,
  eachAt,
  immutable,
  NONE,
  oneOf,
  problemsAt,
  qualifiedName,
  userId,
} from '../../validation/rules.ts'
import type { ContainerStatus, PodCondition, PodResourceClaimStatus } from './common.ts'
import type { Container } from './container.ts'
import { validatePodAnnotationsUpdate } from './pod-annotation-validation.ts'
import { isSidecar } from './pod-containers.ts'
import { containerShouldRestart } from './pod-restart.ts'
import type { PodSpec } from './pod-spec.ts'
import type { Pod } from './pod.ts'

/** Checks an update of a Pod's status: what does not happen in normal operation. */
export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const { status, spec } = pod
  const init = spec.initContainers ?? []
  return [
    ...validatePodAnnotationsUpdate(
      pod.metadata.annotations,
      old.metadata.annotations,
      'metadata.annotations',
    ),
    ...validateConditions(status.conditions, 'status.conditions'),
    ...validateNominatedNode(pod, old, 'status.nominatedNodeName'),
    ...validateGeneration(status.observedGeneration, 'status.observedGeneration'),
    ...immutable(status.qosClass ?? '', old.status.qosClass ?? '', 'status.qosClass'),
    ...validateTransitions(pod, old),
    ...validateClaimStatuses(status.resourceClaimStatuses, spec, 'status.resourceClaimStatuses'),
    ...validateAddresses(pod, old),
    ...validateUsers(status.containerStatuses, spec, 'status.containerStatuses'),
    ...validateUsers(status.initContainerStatuses, spec, 'status.initContainerStatuses'),
    ...validateUsers(status.ephemeralContainerStatuses, spec, 'status.ephemeralContainerStatuses'),
    ...validateDevices(status.containerStatuses, spec.containers, 'status.containerStatuses'),
    ...validateDevices(status.initContainerStatuses, init, 'status.initContainerStatuses'),
    ...eachAt(
      status.ephemeralContainerStatuses,
      'status.ephemeralContainerStatuses',
      ({ allocatedResourcesStatus }, at) =>
        allocatedResourcesStatus
          ? [
              forbidden(
                `${at}.allocatedResourcesStatus`,
                'must not be specified in container status',
              ),
            ]
          : NONE,
    ),
  ]
}

const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized']

function validateConditions(
  conditions: readonly PodCondition[] | undefined,
  path: string,
): FieldError[] {
  return eachAt(conditions, path, ({ type, observedGeneration }, at) => [
    ...validateGeneration(observedGeneration, `${at}.observedGeneration`),
    ...(SYSTEM_CONDITIONS.includes(type) ? NONE : qualifiedName(type, `${at}.Type`)),
  ])
}

function validateGeneration(generation: number | undefined, path: string): FieldError[] {
  return generation !== undefined && generation < 0
    ? [invalid(path, generation, 'must be a non-negative integer')]
    : NONE
}

function validateNominatedNode(pod: Pod, old: Pod, path: string): FieldError[] {
  const { nominatedNodeName: name } = pod.status
  if (!name || name === old.status.nominatedNodeName) return NONE
  return [
    ...problemsAt(path, name, dns1123SubdomainProblems(name)),
    ...(old.spec.nodeName
      ? [forbidden(path, 'may not be set on pods that are already bound to a node')]
      : NONE),
  ]
}

/** A container that ended for good does not come back. */
function validateTransitions(pod: Pod, old: Pod): FieldError[] {
  const { spec } = old
  const mayRestart = (container: Container | undefined, exitCode: number): boolean =>
    containerShouldRestart(container ?? {}, spec, exitCode)
  const find = (list: readonly Container[] | undefined, name: string) =>
    list?.find((each) => each.name === name)
  return [
    ...(spec.restartPolicy === 'Always'
      ? NONE
      : [
          ...transitions('containerStatuses', pod, old, (name, exitCode) =>
            mayRestart(find(spec.containers, name), exitCode),
          ),
          ...transitions('initContainerStatuses', pod, old, (name, exitCode) => {
            const container = find(spec.initContainers, name)
            return mayRestart(container, exitCode) || (container ? isSidecar(container) : false)
          }),
        ]),
    ...transitions('ephemeralContainerStatuses', pod, old, () => false),
  ]
}

function transitions(
  field: 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
  pod: Pod,
  old: Pod,
  mayRestart: (name: string, exitCode: number) => boolean,
): FieldError[] {
  return eachAt(old.status[field], `status.${field}`, ({ name, state }, at) => {
    const ended = state.terminated
    if (!ended || mayRestart(name, ended.exitCode)) return NONE
    const runs = pod.status[field]?.some((each) => each.name === name && !each.state.terminated)
    return runs
      ? [forbidden(`${at}.state`, 'may not be transitioned to non-terminated state')]
      : NONE
  })
}

function validateClaimStatuses(
  statuses: readonly PodResourceClaimStatus[] | undefined,
  { resourceClaims = [] }: PodSpec,
  path: string,
): FieldError[] {
  const seen = new Set<string>()
  const text = 'must match the name of an entry in `spec.resourceClaims`'
  return eachAt(statuses, path, ({ name, resourceClaimName }, at) => {
    const isTwice = seen.has(name)
    seen.add(name)
    return [
      ...(resourceClaims.some((each) => each.name === name)
        ? NONE
        : [invalid(`${at}.name`, name, text)]),
      ...(isTwice ? [duplicate(`${at}.name`, name)] : NONE),
      ...(resourceClaimName === undefined ? NONE : dnsSubdomain(resourceClaimName, `${at}.name`)),
    ]
  })
}

function validateAddresses({ status }: Pod, old: Pod): FieldError[] {
  const [podIps, hostIps] = [ips(status.podIPs), ips(status.hostIPs)]
  const [oldPodIps, oldHostIps] = [ips(old.status.podIPs), ips(old.status.hostIPs)]
  const [first] = hostIps
  return [
    ...eachAt(podIps, 'status.podIPs', (each, at) => validateIp(each, at, oldPodIps)),
    ...validateDualStack(podIps, status.podIPs, 'status.podIPs'),
    ...(first !== undefined && first !== (status.hostIP ?? '')
      ? [invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`')]
      : NONE),
    ...eachAt(hostIps, 'status.hostIPs', (each, at) => validateIp(each, at, oldHostIps)),
    ...validateDualStack(hostIps, status.hostIPs, 'status.hostIPs'),
  ]
}

function ips(list: readonly { readonly ip?: string }[] | undefined): readonly string[] {
  return (list ?? []).map(({ ip = '' }) => ip)
}

function validateUsers(
  statuses: readonly ContainerStatus[] | undefined,
  { os }: PodSpec,
  path: string,
): FieldError[] {
  return eachAt(statuses, path, ({ user }, at) => {
    const linux = user?.linux
    if (!linux) return NONE
    if (os?.name === 'windows') return [forbidden(`${at}.linux`, 'cannot be set for a windows pod')]
    return [
      ...userId(linux.uid, `${at}.linux.uid`),
      ...userId(linux.gid, `${at}.linux.gid`),
      ...eachAt(linux.supplementalGroups, `${at}.linux.supplementalGroups`, userId),
    ]
  })
}

const HEALTH = ['Healthy', 'Unhealthy', 'Unknown']

/** The health of devices that containers have. */
function validateDevices(
  statuses: readonly ContainerStatus[] | undefined,
  containers: readonly Container[],
  path: string,
): FieldError[] {
  return eachAt(statuses, path, ({ name, allocatedResourcesStatus }, at) =>
    eachAt(allocatedResourcesStatus, `${at}.allocatedResourcesStatus`, (resource, resourcePath) => {
      const container = containers.find((each) => each.name === name)
      const seen = new Set<string>()
      return [
        ...(container ? validateDeviceName(resource.name, container, resourcePath) : NONE),
        ...eachAt(resource.resources, `${resourcePath}.resources`, (each, devicePath) => {
          const isTwice = seen.has(each.resourceID)
          seen.add(each.resourceID)
          return [
            ...oneOf(each.health ?? '', HEALTH, `${devicePath}.health`),
            ...(isTwice ? [duplicate(`${devicePath}.resourceID`, each.resourceID)] : NONE),
          ]
        }),
      ]
    }),
  )
}

function validateDeviceName(name: string, { resources }: Container, path: string): FieldError[] {
  if (!name.startsWith('claim:')) {
    if (resources.requests?.[name] !== undefined) return NONE
    const text = "must match one of the container's resource requests"
    return [invalid(`${path}.name`, name, text)]
  }
  const isClaim = resources.claims?.some(
    (each) => name === `claim:${each.name}${each.request ? `/${each.request}` : ''}`,
  )
  if (isClaim) return NONE
  const text =
    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
  return [invalid(`${path}.name`, name, text)]
}
