import { equal } from '../../../apimachinery/equality.ts'
import { validateLabels } from '../../../apimachinery/label-validation.ts'
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
} from '../../../apimachinery/names.ts'
import {
  duplicate,
  invalid,
  required,
  tooMany,
  type FieldError,
} from '../../../schema/field-error.ts'
import { asFirstGeneration, asNextGeneration } from '../../preparation.ts'
import type { Strategy } from '../../strategy.ts'
import { ipWarnings, parseIp, validateNonSpecialIp } from '../../validation/ip.ts'
import {
  eachAt,
  immutable,
  NONE,
  optionalName,
  problemsAt,
  qualifiedName,
  requiredOneOf,
} from '../../validation/rules.ts'
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from './endpoint-slice.ts'

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']
const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const ENDPOINTS_MAX = 1000
const ADDRESSES_MAX = 100
const PORTS_MAX = 20_000
const TOPOLOGY_LABELS_MAX = 16
const HINTS_MAX = 8

/** The rules of EndpointSlices (pkg/registry/discovery/endpointslice/strategy.go). */
export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  prepareForCreate: asFirstGeneration,
  prepareForUpdate: (slice, old) => asNextGeneration(slice, old, isNewGeneration(slice, old)),
  validateCreate: validateSlice,
  validateUpdate: (slice, old) => [
    ...validateSlice(slice, old),
    ...immutable(slice.addressType, old.addressType, 'addressType'),
  ],
  warnings: ({ addressType, endpoints }) =>
    addressType === 'FQDN'
      ? ['spec.addressType: FQDN endpoints are deprecated']
      : endpoints.flatMap(({ addresses }, i) =>
          addresses.flatMap((each, j) => ipWarnings(each, `endpoints[${i}].addresses[${j}]`)),
        ),
}

function isNewGeneration(slice: EndpointSlice, old: EndpointSlice): boolean {
  return !(
    slice.addressType === old.addressType &&
    equal(slice.endpoints, old.endpoints) &&
    equal(slice.ports, old.ports) &&
    equal(slice.metadata.labels ?? {}, old.metadata.labels ?? {})
  )
}

function validateSlice(slice: EndpointSlice, old?: EndpointSlice): FieldError[] {
  const { addressType, endpoints, ports } = slice
  const accepted = new Set((old?.endpoints ?? []).flatMap(({ addresses }) => addresses))
  return [
    ...requiredOneOf(addressType, ADDRESS_TYPES, 'addressType'),
    ...(endpoints.length > ENDPOINTS_MAX
      ? [tooMany('endpoints', endpoints.length, ENDPOINTS_MAX)]
      : eachAt(endpoints, 'endpoints', (each, at) =>
          validateEndpoint(each, addressType, accepted, at),
        )),
    ...(ports.length > PORTS_MAX
      ? [tooMany('ports', ports.length, PORTS_MAX)]
      : validatePorts(ports, 'ports')),
  ]
}

function validateEndpoint(
  { addresses, nodeName, deprecatedTopology = {}, hostname, hints }: Endpoint,
  addressType: string,
  accepted: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const labels = Object.keys(deprecatedTopology).length
  const at = `${path}.addresses`
  return [
    ...(addresses.length === 0 ? [required(at, 'must contain at least 1 address')] : NONE),
    ...(addresses.length > ADDRESSES_MAX ? [tooMany(at, addresses.length, ADDRESSES_MAX)] : NONE),
    ...eachAt(addresses, at, (each, addressPath) =>
      accepted.has(each) ? NONE : validateAddress(each, addressType, addressPath),
    ),
    ...optionalName(nodeName, `${path}.nodeName`, dns1123SubdomainProblems),
    ...(labels > TOPOLOGY_LABELS_MAX
      ? [tooMany(`${path}.deprecatedTopology`, labels, TOPOLOGY_LABELS_MAX)]
      : NONE),
    ...validateLabels(deprecatedTopology, `${path}.deprecatedTopology`),
    ...(hostname === undefined
      ? NONE
      : problemsAt(`${path}.hostname`, hostname, dns1123LabelProblems(hostname))),
    ...(hints ? validateHints(hints, `${path}.hints`) : NONE),
  ]
}

function validateAddress(address: string, addressType: string, path: string): FieldError[] {
  if (addressType === 'FQDN') return validateDomainName(address, path)
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return NONE
  if (parseIp(address)?.family !== addressType)
    return [invalid(path, address, `must be a valid ${addressType} address`)]
  return validateNonSpecialIp(address, path)
}

/** A whole name of DNS, with at least one dot. */
function validateDomainName(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)]
  const domain = name.replace(/\.$/, '')
  const problems = dns1123SubdomainProblems(domain)
  if (problems.length > 0) return problemsAt(path, domain, problems)
  const labels = domain.split('.')
  if (labels.length < 2) {
    const text = 'should be a domain with at least two segments separated by dots'
    return [invalid(path, domain, text)]
  }
  return labels
    .filter((label) => label.length > 63)
    .map((label) => invalid(path, label, 'must be no more than 63 bytes'))
}

function validatePorts(ports: readonly EndpointPort[], path: string): FieldError[] {
  const names = new Set<string>()
  return eachAt(ports, path, ({ name, protocol, appProtocol }, at) => {
    const isTwice = names.has(name)
    names.add(name)
    return [
      ...optionalName(name, `${at}.name`, dns1123LabelProblems),
      ...(isTwice ? [duplicate(`${at}.name`, name)] : NONE),
      ...requiredOneOf(protocol, PROTOCOLS, `${at}.protocol`),
      ...(appProtocol === undefined ? NONE : qualifiedName(appProtocol, `${at}.appProtocol`)),
    ]
  })
}

function validateHints({ forZones, forNodes }: EndpointHints, path: string): FieldError[] {
  return [
    ...validateHintNames(forZones, `${path}.forZones`, labelValueProblems),
    ...validateHintNames(forNodes, `${path}.forNodes`, dns1123SubdomainProblems),
  ]
}

function validateHintNames(
  hints: readonly { readonly name: string }[] | undefined,
  path: string,
  problems: (name: string) => readonly string[],
): FieldError[] {
  const names = new Set<string>()
  const count = hints?.length ?? 0
  if (count > HINTS_MAX) return [tooMany(path, count, HINTS_MAX)]
  return eachAt(hints, path, ({ name }, at) => {
    const isTwice = names.has(name)
    names.add(name)
    return [
      ...(isTwice ? [duplicate(`${at}.name`, name)] : NONE),
      ...problemsAt(`${at}.name`, name, problems(name)),
    ]
  })
}
