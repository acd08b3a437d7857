import type { Service } from '../../api/core/v1/service.ts'
import type { IPAddress } from '../../api/networking/v1/ip-address.ts'
import { formatIp, parseIp } from '../../api/validation/ip.ts'
import type { Input } from '../../schema/message.ts'

const FAMILY_LABEL = 'ipaddress.kubernetes.io/ip-family'
const MANAGED_BY_LABEL = 'ipaddress.kubernetes.io/managed-by'
const MANAGED_BY = 'ipallocator.k8s.io'

type Owner = Pick<Service['metadata'], 'name' | 'namespace'>

/** The IPAddress that keeps an address for a Service (KEP-1880). */
export function serviceAddress(
  address: string,
  { name, namespace }: Owner,
): Input<IPAddress> & { readonly metadata: { readonly name: string } } {
  return {
    metadata: { name: addressName(address), labels: labelsOf(address) },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  }
}

/** What the IPAddress of an address is called: the address in its canonical form. */
export function addressName(address: string): string {
  const ip = parseIp(address)
  return ip ? formatIp(ip) : address
}

/** Whether an IPAddress is one of those that are kept for Services. */
export function isForServices({ metadata }: IPAddress): boolean {
  return metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY
}

/** Whether its labels say all that they are to say. */
export function isWellLabeled({ metadata }: IPAddress): boolean {
  const wanted = Object.entries(labelsOf(metadata.name))
  return wanted.every(([name, value]) => metadata.labels?.[name] === value)
}

function labelsOf(address: string): Readonly<Record<string, string>> {
  return { [FAMILY_LABEL]: parseIp(address)?.family ?? '', [MANAGED_BY_LABEL]: MANAGED_BY }
}

/** Whether an IPAddress names some Service as its owner. */
export function belongsToService({ spec }: IPAddress): boolean {
  const { group = '', resource } = spec.parentRef
  return group === '' && resource === 'services'
}

/** Whether an IPAddress names this Service as its owner. */
export function belongsTo(address: IPAddress, { name, namespace }: Owner): boolean {
  const { parentRef } = address.spec
  return (
    belongsToService(address) &&
    parentRef.name === name &&
    (parentRef.namespace ?? '') === namespace
  )
}

/** The Service of the API servers, which each of them writes: its address is theirs together. */
export function isApiServers({ name, namespace }: Owner): boolean {
  return namespace === 'default' && name === 'kubernetes'
}

/** The addresses that a Service holds. */
export function addressesOf(service: Service | undefined): readonly string[] {
  const { clusterIPs = [] } = service?.spec ?? {}
  return clusterIPs.filter((each) => each !== 'None' && each !== '')
}

/** Whether a Service holds the address of an IPAddress, however it spells it. */
export function holds(service: Service | undefined, { metadata }: IPAddress): boolean {
  return addressesOf(service).some((address) => addressName(address) === metadata.name)
}
