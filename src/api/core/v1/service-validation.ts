import { validateLabels } from '../../../apimachinery/label-validation.ts'
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import { parseIp, validateCidr, validateIp, validateNonSpecialIp } from '../../validation/ip.ts'
import {
  eachAt,
  NONE,
  oneOf,
  optionalName,
  portNumber,
  portNumberOrName,
  problemsAt,
  qualifiedName,
  requiredOneOf,
} from '../../validation/rules.ts'
import {
  validateAddressChange,
  validateClusterIps,
  validateFamilyChange,
} from './service-address-validation.ts'
import { isExternallyAccessible, isHeadless, needsHealthCheck } from './service-helpers.ts'
import type { Service, ServicePort, ServiceSpec } from './service.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const POLICIES = ['Cluster', 'Local']
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
const AFFINITY_SECONDS_MAX = 86_400
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints'
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode'
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges'

export function validateServiceCreate(service: Service): FieldError[] {
  return validateService(service)
}

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const bothBalance = service.spec.type === 'LoadBalancer' && old.spec.type === 'LoadBalancer'
  const { loadBalancerClass = 'null' } = service.spec
  return [
    ...validateAddressChange(service, old),
    ...validateFamilyChange(service, old),
    ...(bothBalance && service.spec.loadBalancerClass !== old.spec.loadBalancerClass
      ? [invalid('spec.loadBalancerClass', loadBalancerClass, 'may not change once set')]
      : NONE),
    ...(needsHealthCheck(service.spec) &&
    needsHealthCheck(old.spec) &&
    service.spec.healthCheckNodePort !== old.spec.healthCheckNodePort
      ? [forbidden('spec.healthCheckNodePort', 'field is immutable')]
      : NONE),
    ...validateService(service, old),
  ]
}

function validateService(service: Service, old?: Service): FieldError[] {
  const { spec } = service
  return [
    ...validateTopologyMode(service),
    ...validateTypeRules(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...requiredOneOf(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity'),
    ...validateAffinity(spec),
    ...validateClusterIps(service, old),
    ...eachAt(spec.externalIPs, 'spec.externalIPs', (ip, at) => {
      const errors = validateIp(ip, at, old?.spec.externalIPs)
      return errors.length > 0 ? errors : validateNonSpecialIp(ip, at)
    }),
    ...requiredOneOf(spec.type, TYPES, 'spec.type'),
    ...validateNodePorts(spec),
    ...validatePortsAreUnique(spec),
    ...validateSourceRanges(service, old),
    ...validateBalancer(spec),
    ...validateTrafficPolicies(spec),
    ...oneOf(spec.trafficDistribution, DISTRIBUTIONS, 'spec.trafficDistribution'),
  ]
}

function validateTopologyMode({ metadata: { annotations = {} } }: Service): FieldError[] {
  const [hints, mode] = [annotations[TOPOLOGY_HINTS], annotations[TOPOLOGY_MODE]]
  if (hints === undefined || mode === undefined || hints === mode) return NONE
  const text = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`
  return [invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, text)]
}

function validateTypeRules(spec: ServiceSpec): FieldError[] {
  const { type } = spec
  const text = `may not be set to 'None' for ${type} services`
  return [
    ...(!spec.ports && !isHeadless(spec) && type !== 'ExternalName'
      ? [required('spec.ports')]
      : NONE),
    ...((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec)
      ? [invalid('spec.clusterIPs[0]', spec.clusterIPs![0], text)]
      : NONE),
    ...(type === 'ExternalName' ? validateExternalName(spec) : NONE),
  ]
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const text = 'may not be set for ExternalName services'
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  return [
    ...(['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const)
      .filter((field) => spec[field] !== undefined)
      .map((field) => forbidden(`spec.${field}`, text)),
    ...(name
      ? problemsAt('spec.externalName', name, dns1123SubdomainProblems(name))
      : [required('spec.externalName')]),
  ]
}

function validatePorts({ ports }: ServiceSpec): FieldError[] {
  const names = new Set<string>()
  const needsName = (ports?.length ?? 0) > 1
  return eachAt(ports, 'spec.ports', (port, at) => {
    const { name = '', targetPort = 0, appProtocol } = port
    const isTwice = name !== '' && names.has(name)
    names.add(name)
    return [
      ...(needsName && !name ? [required(`${at}.name`)] : NONE),
      ...optionalName(name, `${at}.name`, dns1123LabelProblems),
      ...(isTwice ? [duplicate(`${at}.name`, name)] : NONE),
      ...portNumber(port.port, `${at}.port`),
      ...requiredOneOf(port.protocol, PROTOCOLS, `${at}.protocol`),
      ...portNumberOrName(targetPort, `${at}.targetPort`),
      ...(appProtocol === undefined ? NONE : qualifiedName(appProtocol, `${at}.appProtocol`)),
    ]
  })
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec) {
  const path = 'spec.sessionAffinityConfig'
  if (sessionAffinity === 'None') {
    const text = 'must not be set when session affinity is None'
    return config ? [forbidden(path, text)] : NONE
  }
  if (sessionAffinity !== 'ClientIP') return NONE
  const text = 'when session affinity type is ClientIP'
  if (!config) return [required(path, text)]
  if (!config.clientIP) return [required(`${path}.clientIP`, text)]
  const at = `${path}.clientIP.timeoutSeconds`
  const { timeoutSeconds: seconds } = config.clientIP
  if (seconds === undefined) return [required(at, text)]
  const rangeText = `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`
  return seconds > 0 && seconds <= AFFINITY_SECONDS_MAX ? NONE : [invalid(at, seconds, rangeText)]
}

function validateNodePorts({ type, ports }: ServiceSpec): FieldError[] {
  if (type !== 'ClusterIP') return NONE
  const text = "may not be used when `type` is 'ClusterIP'"
  return eachAt(ports, 'spec.ports', ({ nodePort }, at) =>
    nodePort ? [forbidden(`${at}.nodePort`, text)] : NONE,
  )
}

function validatePortsAreUnique({ ports }: ServiceSpec): FieldError[] {
  const [nodePorts, taken] = [new Set<string>(), new Set<string>()]
  const isTaken = (seen: Set<string>, port: number, { protocol }: ServicePort): boolean => {
    const key = `${protocol}/${port}`
    const before = seen.has(key)
    seen.add(key)
    return before
  }
  return [
    ...eachAt(ports, 'spec.ports', (port, at) =>
      port.nodePort && isTaken(nodePorts, port.nodePort, port)
        ? [duplicate(`${at}.nodePort`, port.nodePort)]
        : NONE,
    ),
    ...eachAt(ports, 'spec.ports', (port, at) =>
      isTaken(taken, port.port, port)
        ? [duplicate(at, { protocol: port.protocol, port: port.port })]
        : NONE,
    ),
  ]
}

function validateSourceRanges({ metadata, spec }: Service, old?: Service): FieldError[] {
  const { loadBalancerSourceRanges: ranges } = spec
  const annotation = metadata.annotations?.[SOURCE_RANGES]
  const path = ranges ? 'spec.LoadBalancerSourceRanges' : `metadata.annotations[${SOURCE_RANGES}]`
  if (!ranges && annotation === undefined) return NONE
  const isUnchanged = old?.metadata.annotations?.[SOURCE_RANGES] === annotation
  const accepted = (old?.spec.loadBalancerSourceRanges ?? []).map((each) => each.trim())
  return [
    ...(spec.type === 'LoadBalancer'
      ? NONE
      : [forbidden(path, "may only be used when `type` is 'LoadBalancer'")]),
    ...eachAt(ranges, path, (each, at) => validateCidr(each.trim(), at, accepted)),
    ...(ranges || isUnchanged || !annotation?.trim()
      ? NONE
      : annotation.split(',').flatMap((each) => validateCidr(each.trim(), path))),
  ]
}

function validateBalancer(spec: ServiceSpec): FieldError[] {
  const { allocateLoadBalancerNodePorts: allocate, loadBalancerClass } = spec
  const isBalancer = spec.type === 'LoadBalancer'
  const text = "may only be used when `type` is 'LoadBalancer'"
  return [
    ...(allocate !== undefined && !isBalancer
      ? [forbidden('spec.allocateLoadBalancerNodePorts', text)]
      : NONE),
    ...(allocate === undefined && isBalancer ? [required('allocateLoadBalancerNodePorts')] : NONE),
    ...(loadBalancerClass === undefined
      ? NONE
      : isBalancer
        ? qualifiedName(loadBalancerClass, 'spec.loadBalancerClass')
        : [forbidden('spec.loadBalancerClass', text)]),
  ]
}

function validateTrafficPolicies(spec: ServiceSpec): FieldError[] {
  const external = spec.externalTrafficPolicy
  const externalPath = 'spec.externalTrafficPolicy'
  return [
    ...(isExternallyAccessible(spec)
      ? requiredOneOf(external, POLICIES, externalPath)
      : external
        ? [invalid(externalPath, external, 'may only be set for externally-accessible services')]
        : NONE),
    ...validateHealthCheckPort(spec),
    ...(spec.internalTrafficPolicy === undefined &&
    TYPES.includes(spec.type) &&
    spec.type !== 'ExternalName'
      ? [required('spec.internalTrafficPolicy')]
      : NONE),
    ...oneOf(spec.internalTrafficPolicy, POLICIES, 'spec.internalTrafficPolicy'),
  ]
}

function validateHealthCheckPort(spec: ServiceSpec): FieldError[] {
  const { healthCheckNodePort: port = 0 } = spec
  const path = 'spec.healthCheckNodePort'
  if (needsHealthCheck(spec)) return port === 0 ? [required(path)] : portNumber(port, path)
  const text =
    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
  return port === 0 ? NONE : [invalid(path, port, text)]
}

/** Checks an update of a Service's status: what a load balancer reports. */
export function validateServiceStatusUpdate({ status, spec }: Service, old: Service): FieldError[] {
  const { ingress } = status.loadBalancer
  const path = 'status.loadBalancer.ingress'
  if (spec.type !== 'LoadBalancer') {
    const text = "may only be used when `spec.type` is 'LoadBalancer'"
    return ingress ? [forbidden(path, text)] : NONE
  }
  const accepted = (old.status.loadBalancer.ingress ?? []).map(({ ip = '' }) => ip)
  return eachAt(ingress, path, ({ ip = '', ipMode, hostname = '' }, at) => [
    ...(ip ? validateIp(ip, `${at}.ip`, accepted) : NONE),
    ...(ip && ipMode === undefined
      ? [required(`${at}.ipMode`, 'must be specified when `ip` is set')]
      : NONE),
    ...(!ip && ipMode !== undefined
      ? [forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set')]
      : NONE),
    ...(ip ? oneOf(ipMode, ['Proxy', 'VIP'], `${at}.ipMode`) : NONE),
    ...(hostname
      ? problemsAt(`${at}.hostname`, hostname, dns1123SubdomainProblems(hostname))
      : NONE),
    ...(hostname && parseIp(hostname)
      ? [invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address')]
      : NONE),
  ])
}
