import type { Service } from '../api/core/v1/service.ts'
import type { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import {
  candidatesOf,
  preferred,
  toBackend,
  usable,
  type Backend,
  type Place,
} from './endpoints.ts'

export type Family = 'ip' | 'ip6'

/** One port of one Service, as the rules of one IP family need it. */
export interface ServicePort {
  /** `NAMESPACE/NAME:PORT`, PORT being the port's name. */
  readonly id: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
  readonly clusterAddresses: readonly string[]
  /** Addresses outside of the cluster's that route to the nodes: traffic from outside to the Service's own port. */
  readonly externalAddresses: readonly string[]
  readonly loadBalancerAddresses: readonly string[]
  /** Who may use the load balancer; everybody where empty. */
  readonly sourceRanges: readonly string[]
  readonly nodePort?: number
  /** Backends anywhere, in a fixed order. */
  readonly backends: readonly Backend[]
  /** Those on this node. */
  readonly localBackends: readonly Backend[]
  /** The addresses of all that still serve, also where no new connection goes there. */
  readonly servingAddresses: readonly string[]
  /** Traffic from inside the cluster goes to this node's backends alone. */
  readonly internalLocal: boolean
  /** Traffic from outside goes to this node's backends alone, and keeps its source address. */
  readonly externalLocal: boolean
  /** How long a client stays with a backend, in seconds; undefined without session affinity. */
  readonly affinitySeconds?: number
}

const AFFINITY_SECONDS = 10_800
/** Services with one of these labels are the affair of another proxy, or of none. */
const NOT_OURS = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless']

/** Whether traffic for a Service is to be steered by this proxy. */
export function isOurs({ metadata }: Service): boolean {
  return NOT_OURS.every((label) => metadata.labels?.[label] === undefined)
}

/**
 * The ports of a Service that traffic is steered for in one family, with the backends that its slices name.
 * Headless Services, those of type ExternalName and those of other proxies have none.
 */
export function servicePorts(
  service: Service,
  slices: readonly EndpointSlice[],
  family: Family,
  place: Place,
): ServicePort[] {
  const { spec, metadata, status } = service
  const ofFamily = (addresses: readonly string[] = []): readonly string[] =>
    addresses.filter((address) => isOfFamily(address, family))
  const clusterAddresses = ofFamily(spec.clusterIPs)
  if (spec.type === 'ExternalName' || clusterAddresses.length === 0 || !isOurs(service)) return []
  const ingress = (status.loadBalancer.ingress ?? []).flatMap(({ ip, ipMode }) =>
    ip !== undefined && ipMode !== 'Proxy' ? [ip] : [],
  )
  const familySlices = slices.filter(
    ({ addressType }) => addressType === (family === 'ip' ? 'IPv4' : 'IPv6'),
  )
  const shared = {
    clusterAddresses,
    externalAddresses: ofFamily(spec.externalIPs),
    loadBalancerAddresses: ofFamily(ingress),
    sourceRanges: ofFamily((spec.loadBalancerSourceRanges ?? []).map((range) => range.trim())),
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: spec.externalTrafficPolicy === 'Local',
    ...(spec.sessionAffinity === 'ClientIP' && {
      affinitySeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS,
    }),
  }
  return (spec.ports ?? []).map((port) => {
    const all = candidatesOf(familySlices, port, place)
    return {
      ...shared,
      id: `${metadata.namespace}/${metadata.name}:${port.name ?? ''}`,
      protocol: port.protocol.toLowerCase() as ServicePort['protocol'],
      port: port.port,
      ...(port.nodePort !== undefined && port.nodePort !== 0 && { nodePort: port.nodePort }),
      backends: preferred(all, place).map(toBackend),
      servingAddresses: all.flatMap(({ serving, address }) => (serving ? [address] : [])),
      localBackends: usable(all.filter(({ local }) => local)).map(toBackend),
    }
  })
}

function isOfFamily(address: string, family: Family): boolean {
  return address !== 'None' && address !== '' && address.includes(':') === (family === 'ip6')
}
