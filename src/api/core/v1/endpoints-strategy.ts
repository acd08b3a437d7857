import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { required, type FieldError } from '../../../schema/field-error.ts'
import { withField } from '../../change.ts'
import type { Strategy } from '../../strategy.ts'
import { validateIp, validateNonSpecialIp } from '../../validation/ip.ts'
import {
  eachAt,
  NONE,
  optionalName,
  portNumber,
  qualifiedName,
  requiredOneOf,
} from '../../validation/rules.ts'
import type { EndpointAddress, EndpointPort, Endpoints, EndpointSubset } from './endpoints.ts'

/** The rules of Endpoints. */
export const endpointsStrategy: Strategy<Endpoints> = {
  canonicalize: (endpoints) =>
    withField(endpoints, 'subsets', endpoints.subsets && repackSubsets(endpoints.subsets)),
  validateCreate: validateEndpoints,
  validateUpdate: validateEndpoints,
  allowCreateOnUpdate: true,
}

function validateEndpoints({ subsets }: Endpoints, old?: Endpoints): FieldError[] {
  const accepted = (old?.subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [] }) =>
    [...addresses, ...notReadyAddresses].map(({ ip }) => ip),
  )
  return eachAt(subsets, 'subsets', ({ addresses, notReadyAddresses, ports }, at) => [
    ...(addresses || notReadyAddresses
      ? NONE
      : [required(at, 'must specify `addresses` or `notReadyAddresses`')]),
    ...eachAt(addresses, `${at}.addresses`, (each, path) => validateAddress(each, path, accepted)),
    ...eachAt(notReadyAddresses, `${at}.notReadyAddresses`, (each, path) =>
      validateAddress(each, path, accepted),
    ),
    ...eachAt(ports, `${at}.ports`, (each, path) => validatePort(each, ports!.length > 1, path)),
  ])
}

function validateAddress(
  { ip, hostname, nodeName }: EndpointAddress,
  path: string,
  accepted: readonly string[],
): FieldError[] {
  return [
    ...validateIp(ip, `${path}.ip`, accepted),
    ...optionalName(hostname, `${path}.hostname`, dns1123LabelProblems),
    ...optionalName(nodeName, `${path}.nodeName`, dns1123SubdomainProblems),
    ...validateNonSpecialIp(ip, `${path}.ip`),
  ]
}

function validatePort(
  { name, port, protocol, appProtocol }: EndpointPort,
  needsName: boolean,
  path: string,
): FieldError[] {
  return [
    ...(needsName && !name
      ? [required(`${path}.name`)]
      : optionalName(name, `${path}.name`, dns1123LabelProblems)),
    ...portNumber(port, `${path}.port`),
    ...requiredOneOf(protocol, ['SCTP', 'TCP', 'UDP'], `${path}.protocol`),
    ...(appProtocol === undefined ? NONE : qualifiedName(appProtocol, `${path}.appProtocol`)),
  ]
}

/**
 * The same addresses and ports in canonical form: ports with the same addresses share a subset, and everything is in
 * order. An address is ready at a port where it is ready anywhere.
 */
function repackSubsets(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const groups = new Map<string, { readonly ports: EndpointPort[]; readonly found: AddressMap }>()
  for (const [port, found] of addressesByPort(subsets)) {
    const key = [...found]
      .map(([address, { isReady }]) => `${address}|${isReady}`)
      .toSorted()
      .join()
    const group = groups.get(key)
    if (group) group.ports.push(port)
    else groups.set(key, { ports: [port], found })
  }
  return [...groups.values()]
    .map(({ ports, found }) => subsetOf(ports.toSorted(byPort), [...found.values()]))
    .toSorted((a, b) => compare(subsetKey(a), subsetKey(b)))
}

interface Found {
  readonly address: EndpointAddress
  readonly isReady: boolean
}

type AddressMap = Map<string, Found>

// An address without ports, as of a headless Service, is still an address.
const NO_PORT: EndpointPort = { port: -1, protocol: 'TCP' }

function addressesByPort(
  subsets: readonly EndpointSubset[],
): readonly (readonly [EndpointPort, AddressMap])[] {
  const byPort = new Map<string, readonly [EndpointPort, AddressMap]>()
  for (const { addresses = [], notReadyAddresses = [], ports = [NO_PORT] } of subsets) {
    for (const port of ports) {
      const key = portKey(port)
      const entry = byPort.get(key) ?? ([port, new Map()] as const)
      byPort.set(key, entry)
      for (const address of notReadyAddresses) add(entry[1], address, false)
      for (const address of addresses) add(entry[1], address, true)
    }
  }
  return [...byPort.values()]
}

function add(found: AddressMap, address: EndpointAddress, isReady: boolean): void {
  const key = addressKey(address)
  if (isReady || !found.has(key)) found.set(key, { address, isReady })
}

function subsetOf(ports: readonly EndpointPort[], found: readonly Found[]): EndpointSubset {
  const list = (wanted: boolean): readonly EndpointAddress[] =>
    found
      .filter(({ isReady }) => isReady === wanted)
      .map(({ address }) => address)
      .toSorted((a, b) => compare(addressKey(a), addressKey(b)))
  const [ready, rest] = [list(true), list(false)]
  const real = ports.filter((each) => each !== NO_PORT)
  return {
    ...(ready.length > 0 && { addresses: ready }),
    ...(rest.length > 0 && { notReadyAddresses: rest }),
    ...(real.length > 0 && { ports: real }),
  }
}

function subsetKey({ ports = [] }: EndpointSubset): string {
  return ports.map(portKey).join()
}

function byPort(a: EndpointPort, b: EndpointPort): number {
  return compare(portKey(a), portKey(b))
}

function addressKey({ ip, hostname = '', targetRef }: EndpointAddress): string {
  return `${ip}|${targetRef?.uid ?? ''}|${hostname}`
}

function portKey({ name = '', protocol, port }: EndpointPort): string {
  return `${name}|${protocol}|${String(port).padStart(6)}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
