import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  pathSegmentProblems,
  wildcardDns1123SubdomainProblems,
} from '../../../apimachinery/names.ts'
import { portNameProblems } from '../../../apimachinery/value-rules.ts'
import { invalid, required, unsupported, type FieldError } from '../../../schema/field-error.ts'
import type { TypedLocalObjectReference } from '../../core/v1/reference.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { parseIp, validateIp } from '../../validation/ip.ts'
import {
  dnsSubdomain,
  eachAt,
  ifSet,
  NONE,
  optionalName,
  portNumber,
  problemsAt,
  requiredName,
} from '../../validation/rules.ts'
import {
  Ingress,
  type HTTPIngressPath,
  type HTTPIngressRuleValue,
  type IngressBackend,
  type IngressServiceBackend,
  type IngressSpec,
} from './ingress.ts'

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F']
const BAD_SUFFIXES = ['/..', '/.']

/** The rules of Ingresses (pkg/registry/networking/ingress/strategy.go). */
export const ingressStrategy: Strategy<Ingress> = {
  ...preparation(Ingress),
  validateCreate: (ingress) => [
    ...validateSpec(ingress.spec, 'spec'),
    ...validateClassAnnotation(ingress, `annotations.${CLASS_ANNOTATION}`),
  ],
  validateUpdate: ({ spec }, old) => validateSpec(spec, 'spec', allowancesOf(old.spec)),
  warnings: ({ metadata: { annotations }, spec }, old) =>
    !old && annotations?.[CLASS_ANNOTATION] !== undefined && spec.ingressClassName === undefined
      ? [
          `annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`,
        ]
      : [],
  status: statusStrategy(validateStatus),
}

function validateClassAnnotation({ metadata, spec }: Ingress, path: string): FieldError[] {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION]
  const { ingressClassName: name } = spec
  if (annotation === undefined || name === undefined || annotation === name) return NONE
  return [invalid(path, annotation, 'must match `ingressClassName` when both are specified')]
}

/** What earlier releases took stays legal in an Ingress that has it. */
interface Allowances {
  readonly secretNames: boolean
  readonly wildcardRules: boolean
}

const NO_ALLOWANCES: Allowances = { secretNames: false, wildcardRules: false }

function allowancesOf({ tls = [], rules = [] }: IngressSpec): Allowances {
  return {
    secretNames: tls.some(
      ({ secretName: name }) => name && dns1123SubdomainProblems(name).length > 0,
    ),
    wildcardRules: rules.some(
      ({ host = '', http }) => host.includes('*') && validateHttp(http, '').length > 0,
    ),
  }
}

function validateSpec(
  spec: IngressSpec,
  path: string,
  allowances: Allowances = NO_ALLOWANCES,
): FieldError[] {
  const { rules = [], defaultBackend } = spec
  const text = 'either `defaultBackend` or `rules` must be specified'
  return [
    ...(rules.length === 0 && !defaultBackend ? [invalid(path, rules, text)] : NONE),
    ...ifSet(defaultBackend, (backend) => validateBackend(backend, `${path}.defaultBackend`)),
    ...eachAt(rules, `${path}.rules`, ({ host, http }, at) => [
      ...(host ? validateHost(host, `${at}.host`) : NONE),
      ...(allowances.wildcardRules && host?.includes('*')
        ? NONE
        : validateHttp(http, `${at}.http`)),
    ]),
    ...eachAt(spec.tls, `${path}.tls`, ({ hosts, secretName }, at) => [
      ...eachAt(hosts, `${at}.hosts`, validateHostName),
      ...(allowances.secretNames
        ? NONE
        : optionalName(secretName, `${at}.secretName`, dns1123SubdomainProblems)),
    ]),
    ...ifSet(spec.ingressClassName, (name) => dnsSubdomain(name, `${path}.ingressClassName`)),
  ]
}

function validateHttp(http: HTTPIngressRuleValue | undefined, path: string): FieldError[] {
  return ifSet(http, ({ paths }) => [
    ...(paths.length === 0 ? [required(`${path}.paths`)] : NONE),
    ...eachAt(paths, `${path}.paths`, validatePath),
  ])
}

function validateHost(host: string, path: string): FieldError[] {
  return [
    ...(parseIp(host) ? [invalid(path, host, 'must be a DNS name, not an IP address')] : NONE),
    ...validateHostName(host, path),
  ]
}

function validateHostName(host: string, path: string): FieldError[] {
  const problems = host.includes('*')
    ? wildcardDns1123SubdomainProblems(host)
    : dns1123SubdomainProblems(host)
  return problemsAt(path, host, problems)
}

function validatePath({ pathType, path = '', backend }: HTTPIngressPath, at: string): FieldError[] {
  // Typed as required, yet only validation sees to that.
  const type = pathType as string | undefined
  if (type === undefined) return [required(`${at}.pathType`, 'pathType must be specified')]
  return [
    ...(PATH_TYPES.includes(type)
      ? validatePathText(type, path, `${at}.path`)
      : [unsupported(`${at}.pathType`, type, PATH_TYPES)]),
    ...validateBackend(backend, `${at}.backend`),
  ]
}

function validatePathText(type: string, path: string, at: string): FieldError[] {
  const isFree = type === 'ImplementationSpecific'
  const sequences = isFree ? [] : BAD_SEQUENCES.filter((each) => path.includes(each))
  const suffixes = isFree ? [] : BAD_SUFFIXES.filter((each) => path.endsWith(each))
  const isAbsolute = path.startsWith('/') || (isFree && !path)
  return [
    ...(isAbsolute ? NONE : [invalid(at, path, 'must be an absolute path')]),
    ...sequences.map((each) => invalid(at, path, `must not contain '${each}'`)),
    ...suffixes.map((each) => invalid(at, path, `cannot end with '${each}'`)),
  ]
}

function validateBackend({ service, resource }: IngressBackend, path: string): FieldError[] {
  if (service && resource)
    return [invalid(path, '', 'cannot set both resource and service backends')]
  if (resource) return validateReference(resource, `${path}.resource`)
  return service
    ? validateService(service, path)
    : [invalid(path, '', 'resource or service backend is required')]
}

function validateService({ name, port }: IngressServiceBackend, path: string): FieldError[] {
  const at = `${path}.service`
  return [
    ...requiredName(name, `${at}.name`, dns1123LabelProblems),
    ...(port.name && port.number
      ? [invalid(path, '', 'cannot set both port name & port number')]
      : NONE),
    ...(port.name && !port.number
      ? problemsAt(`${at}.port.name`, port.name, portNameProblems(port.name))
      : NONE),
    ...(port.number && !port.name ? portNumber(port.number, `${at}.port.number`) : NONE),
    ...(port.name || port.number ? NONE : [required(path, 'port name or number is required')]),
  ]
}

/** Checks a reference to an object of any kind. */
export function validateReference(
  { apiGroup, kind, name }: TypedLocalObjectReference,
  path: string,
): FieldError[] {
  return [
    ...ifSet(apiGroup, (group) => dnsSubdomain(group, `${path}.apiGroup`)),
    ...(kind
      ? problemsAt(`${path}.kind`, kind, pathSegmentProblems(kind))
      : [required(`${path}.kind`, 'kind is required')]),
    ...(name
      ? problemsAt(`${path}.name`, name, pathSegmentProblems(name))
      : [required(`${path}.name`, 'name is required')]),
  ]
}

function validateStatus({ status }: Ingress, old: Ingress): FieldError[] {
  const accepted = (old.status.loadBalancer.ingress ?? []).map(({ ip = '' }) => ip)
  const path = 'status.loadBalancer.ingress'
  return eachAt(status.loadBalancer.ingress, path, ({ ip, hostname }, at) => [
    ...(ip ? validateIp(ip, `${at}.ip`, accepted) : NONE),
    ...optionalName(hostname, `${at}.hostname`, dns1123SubdomainProblems),
    ...(hostname && parseIp(hostname)
      ? [invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address')]
      : NONE),
  ])
}
