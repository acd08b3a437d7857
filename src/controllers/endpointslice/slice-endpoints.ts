import type { Node } from '../../api/core/v1/node.ts'
import { isPodReady } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Service } from '../../api/core/v1/service.ts'
import type { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { hostnameOf, targetPortOf } from '../common/service-pods.ts'

export type Endpoint = EndpointSlice['endpoints'][number]
export type EndpointPort = EndpointSlice['ports'][number]
export type AddressType = 'IPv4' | 'IPv6'

/** Endpoints that offer the same ports. */
export interface PortGroup {
  readonly ports: readonly EndpointPort[]
  readonly endpoints: readonly Endpoint[]
}

const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode'
const OLD_TOPOLOGY_MODE = 'service.kubernetes.io/topology-aware-hints'
export const ZONE_LABEL = 'topology.kubernetes.io/zone'

export function addressTypeOf(address: string): AddressType {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

/** The kinds of addresses that a Service has. */
export function addressTypesOf({ spec }: Service): readonly AddressType[] {
  const families = (spec.ipFamilies ?? []).filter((each) => each !== '')
  if (families.length > 0) return families
  const { clusterIP } = spec
  if (clusterIP && clusterIP !== 'None') return [addressTypeOf(clusterIP)]
  return ['IPv4', 'IPv6']
}

/** A Service's Pods, in groups: a named target port may be another number in each Pod. */
export function groupEndpoints(
  service: Service,
  type: AddressType,
  pods: readonly Pod[],
  nodeOf: (name: string) => Node | undefined,
): readonly PortGroup[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>()
  for (const pod of pods) {
    const addresses = addressesOf(pod).filter((address) => addressTypeOf(address) === type)
    if (addresses.length === 0) continue
    const ports = portsOf(service, pod)
    const group = groups.get(portsKey(ports)) ?? { ports, endpoints: [] }
    groups.set(portsKey(ports), group)
    group.endpoints.push(endpointOf(service, pod, addresses, nodeOf(pod.spec.nodeName ?? '')))
  }
  return [...groups.values()]
}

/** What tells apart endpoints of a Service. */
export function endpointKey({ addresses, targetRef, hostname }: Endpoint): string {
  return JSON.stringify([addresses, targetRef?.uid, hostname])
}

/** What tells apart lists of ports. */
export function portsKey(ports: readonly EndpointPort[]): string {
  const all = ports.map(({ name, protocol, port, appProtocol }) =>
    JSON.stringify([name, protocol, port, appProtocol]),
  )
  return all.toSorted().join()
}

function addressesOf({ status }: Pod): readonly string[] {
  const all = (status.podIPs ?? []).map(({ ip }) => ip)
  return all.length > 0 ? all : status.podIP ? [status.podIP] : []
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPortOf(pod, port)
    if (number === undefined) return []
    const { name = '', protocol, appProtocol } = port
    return [{ name, port: number, protocol, ...(appProtocol !== undefined && { appProtocol }) }]
  })
}

function endpointOf(
  service: Service,
  pod: Pod,
  addresses: readonly string[],
  node: Node | undefined,
): Endpoint {
  const { metadata, spec } = pod
  const serving = isPodReady(pod)
  const terminating = metadata.deletionTimestamp !== undefined
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating)
  const hostname = hostnameOf(pod, service)
  const zone = node?.metadata.labels?.[ZONE_LABEL]
  const hints = hintsOf(service, spec.nodeName, zone)
  const { namespace, name, uid } = metadata
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(spec.nodeName && { nodeName: spec.nodeName }),
    ...(zone !== undefined && { zone }),
    ...(hints && { hints }),
  }
}

/** Whether a Service asks that its endpoints are shared out among zones (KEP-2433). */
export function isZoneAware({ metadata: { annotations = {} } }: Service): boolean {
  return /^[Aa]uto$/.test(annotations[OLD_TOPOLOGY_MODE] ?? annotations[TOPOLOGY_MODE] ?? '')
}

/** Who should prefer the endpoint (KEP-3015): near clients, where the Service asks for it. */
function hintsOf(
  service: Service,
  nodeName: string | undefined,
  zone: string | undefined,
): Endpoint['hints'] {
  if (isZoneAware(service)) return undefined // Its endpoints are shared out as a whole.
  const forZones = zone === undefined ? undefined : { forZones: [{ name: zone }] }
  switch (service.spec.trafficDistribution) {
    case 'PreferClose':
    case 'PreferSameZone':
      return forZones
    case 'PreferSameNode':
      return nodeName ? { ...forZones, forNodes: [{ name: nodeName }] } : undefined
    default:
      return undefined
  }
}
