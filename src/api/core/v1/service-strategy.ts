import { equal } from '../../../apimachinery/equality.ts'
import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import { changeItems, withField, withFields } from '../../change.ts'
import { keepField } from '../../preparation.ts'
import { statusPreparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { ipWarnings } from '../../validation/ip.ts'
import { defaultService } from './service-defaults.ts'
import {
  isExternallyAccessible,
  needsClusterIp,
  needsHealthCheck,
  needsNodePorts,
} from './service-helpers.ts'
import {
  validateServiceCreate,
  validateServiceStatusUpdate,
  validateServiceUpdate,
} from './service-validation.ts'
import { Service, type ServicePort, type ServiceSpec } from './service.ts'

/**
 * The rules of Services (pkg/registry/core/service). Addresses and ports are given out by the registry, after the
 * preparation and before the validation.
 */
export const serviceStrategy: Strategy<Service> = {
  applyDefaults: defaultService,
  prepareForCreate: (service, context) => {
    const prepared = statusPreparation(Service).prepareForCreate(service, context)
    return withField(prepared, 'spec', withListedIp(prepared.spec))
  },
  prepareForUpdate: prepareUpdate,
  validateCreate: validateServiceCreate,
  validateUpdate: validateServiceUpdate,
  validateName: dns1123LabelProblems,
  warnings: ({ metadata, spec }) => serviceWarnings(metadata.annotations ?? {}, spec),
  status: statusStrategy(validateServiceStatusUpdate),
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '',
    'spec.type': ({ spec }) => spec.type,
  },
}

// A client that knows one address only means the first of the list.
function withListedIp(spec: ServiceSpec): ServiceSpec {
  return spec.clusterIP && !spec.clusterIPs ? { ...spec, clusterIPs: [spec.clusterIP] } : spec
}

function prepareUpdate(service: Service, old: Service): Service {
  const spec = withoutForeignFields(
    withMatchingIps(withAllocated(service.spec, old.spec), old.spec),
    old.spec,
  )
  return withField(keepField(service, old, 'status'), 'spec', spec)
}

/** What was given out before stays, where the client leaves it open. */
function withAllocated(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const keepsIp = needsClusterIp(old) && needsClusterIp(spec)
  const clusterIP = spec.clusterIP || (keepsIp ? old.clusterIP : undefined)
  const isSame = keepsIp && clusterIP === old.clusterIP
  const keepsCheck = needsHealthCheck(old) && needsHealthCheck(spec)
  return withFields(spec, {
    clusterIP,
    clusterIPs: spec.clusterIPs ?? (isSame ? old.clusterIPs : undefined),
    ports:
      spec.ports && needsNodePorts(old) && needsNodePorts(spec)
        ? withOldNodePorts(spec.ports, old.ports ?? [])
        : spec.ports,
    healthCheckNodePort:
      spec.healthCheckNodePort ?? (keepsCheck ? old.healthCheckNodePort : undefined),
  })
}

function withOldNodePorts(
  ports: readonly ServicePort[],
  old: readonly ServicePort[],
): readonly ServicePort[] {
  const taken = new Set(ports.map(({ nodePort }) => nodePort))
  return changeItems(ports, (port) => {
    if (port.nodePort) return port
    const before = old.findLast(({ name = '' }) => name === (port.name ?? ''))?.nodePort
    return before === undefined || taken.has(before) ? port : { ...port, nodePort: before }
  })
}

/** Where the single address changes and the list does not, the list follows. */
function withMatchingIps(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const { clusterIP, clusterIPs } = spec
  if (clusterIP === old.clusterIP)
    return clusterIPs ? spec : withField(spec, 'clusterIPs', old.clusterIPs)
  if (!equal(clusterIPs, old.clusterIPs)) return spec
  return withField(spec, 'clusterIPs', clusterIP ? [clusterIP] : undefined)
}

/** Fields that the new type does not know go, where the client left them as they were. */
function withoutForeignFields(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let out = spec
  const drop = (field: keyof ServiceSpec, isKnown: (spec: ServiceSpec) => boolean): void => {
    if (isKnown(old) && !isKnown(spec) && equal(spec[field], old[field]))
      out = withField(out, field, undefined)
  }
  if (equal(spec.clusterIPs, old.clusterIPs)) drop('clusterIP', needsClusterIp)
  drop('clusterIPs', needsClusterIp)
  drop('ipFamilies', needsClusterIp)
  drop('ipFamilyPolicy', needsClusterIp)
  drop('healthCheckNodePort', needsHealthCheck)
  drop('loadBalancerClass', isBalancer)
  drop('allocateLoadBalancerNodePorts', isBalancer)
  drop('externalTrafficPolicy', isExternallyAccessible)
  const dropsPorts =
    needsNodePorts(old) && !needsNodePorts(spec) && equal(nodePorts(spec), nodePorts(old))
  return dropsPorts && out.ports
    ? withField(
        out,
        'ports',
        changeItems(out.ports, (port) => withField(port, 'nodePort', undefined)),
      )
    : out
}

function isBalancer({ type }: ServiceSpec): boolean {
  return type === 'LoadBalancer'
}

function nodePorts({ ports = [] }: ServiceSpec): readonly number[] {
  return ports
    .map(({ nodePort = 0 }) => nodePort)
    .filter(Boolean)
    .toSorted((a, b) => a - b)
}

const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints'

function serviceWarnings(
  annotations: Readonly<Record<string, string>>,
  spec: ServiceSpec,
): string[] {
  const { clusterIP, clusterIPs = [], externalIPs = [] } = spec
  const isHeadless = clusterIP === 'None'
  const ignored = (field: string, isSet: boolean): string[] =>
    isHeadless && isSet ? [`spec.${field} is ignored for headless services`] : []
  return [
    ...(annotations[TOPOLOGY_HINTS] === undefined
      ? []
      : [
          `metadata.annotations[${TOPOLOGY_HINTS}]: please use annotation service.kubernetes.io/topology-mode instead`,
        ]),
    ...(isHeadless ? [] : clusterIPs).flatMap((ip, i) => ipWarnings(ip, `spec.clusterIPs[${i}]`)),
    ...externalIPs.flatMap((ip, i) => ipWarnings(ip, `spec.externalIPs[${i}]`)),
    ...(externalIPs.length > 0 ? ['spec.externalIPs is deprecated'] : []),
    ...(spec.loadBalancerIP ? ipWarnings(spec.loadBalancerIP, 'spec.loadBalancerIP') : []),
    ...(spec.type !== 'ExternalName' && spec.externalName
      ? ['spec.externalName is ignored when spec.type is not "ExternalName"']
      : []),
    ...ignored('loadBalancerIP', Boolean(spec.loadBalancerIP)),
    ...ignored('externalIPs', externalIPs.length > 0),
    ...ignored('SessionAffinity', spec.sessionAffinity !== 'None'),
  ]
}
