import type { Endpoints } from '../../api/core/v1/endpoints.ts'
import {
  addressTypeOf,
  portsKey,
  type AddressType,
  type Endpoint,
  type EndpointPort,
  type PortGroup,
} from '../endpointslice/slice-endpoints.ts'

/** How many addresses of a subset are mirrored. */
const ADDRESSES_MAX = 1000

type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]

/** The endpoints of an Endpoints object that have addresses of a type, by the ports that they share. */
export function mirrorGroups({ subsets = [] }: Endpoints, type: AddressType): readonly PortGroup[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>()
  for (const subset of subsets) {
    const ports = portsOf(subset)
    const endpoints = endpointsOf(subset, type)
    if (endpoints.length === 0) continue
    const group = groups.get(portsKey(ports)) ?? { ports, endpoints: [] }
    groups.set(portsKey(ports), group)
    group.endpoints.push(...endpoints)
  }
  return [...groups.values()]
}

function portsOf({ ports = [] }: Subset): readonly EndpointPort[] {
  return ports.map(({ name = '', port, protocol, appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol !== undefined && { appProtocol }),
  }))
}

function endpointsOf(
  { addresses = [], notReadyAddresses = [] }: Subset,
  type: AddressType,
): readonly Endpoint[] {
  return [
    ...addresses.map((address) => [address, true] as const),
    ...notReadyAddresses.map((address) => [address, false] as const),
  ]
    .slice(0, ADDRESSES_MAX)
    .filter(([{ ip }]) => addressTypeOf(ip) === type)
    .map(([address, ready]) => endpointOf(address, ready))
}

function endpointOf({ ip, hostname, nodeName, targetRef }: Address, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    ...(targetRef && { targetRef }),
  }
}
