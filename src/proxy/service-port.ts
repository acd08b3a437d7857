import type { Endpoint, EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import type { Service } from '../api/core/v1/service.ts'

export type Family = 'ip' | 'ip6'

/** Where one connection to a Service may go. */
export interface Backend {
  readonly address: string
  readonly port: number
  /** On this node. */
  readonly local: boolean
}

/** One port of one Service, as the rules of one IP family need it. */
export interface ServicePort {
  /** `NAMESPACE/NAME:PORT`, PORT being the port's name. */
  readonly id: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly port: number
  readonly clusterAddresses: readonly string[]
  /** Load balancer and external addresses: traffic from outside to the Service's own port. */
  readonly externalAddresses: readonly string[]
  readonly nodePort?: number
  /** Backends for traffic from inside the cluster, in a fixed order. */
  readonly backends: readonly Backend[]
  /** Backends for traffic from outside, where the external traffic policy is Local. */
  readonly externalBackends: readonly Backend[]
  readonly externalLocal: boolean
  /** How long a client stays with a backend, in seconds; undefined without session affinity. */
  readonly affinitySeconds?: number
}

/**
 * The ports of a Service that traffic is steered for in one family, with the backends that its slices name.
 * Headless Services, and those of type ExternalName, have none.
 */
export function servicePorts(
  service: Service,
  slices: readonly EndpointSlice[],
  family: Family,
  nodeName: string,
): ServicePort[] {
  const { spec, metadata } = service
  const clusterAddresses = (spec.clusterIPs ?? []).filter((address) => isOfFamily(address, family))
  if (spec.type === 'ExternalName' || clusterAddresses.length === 0) return []

  const ingress = service.status.loadBalancer.ingress ?? []
  const loadBalancer = ingress.flatMap(({ ip, ipMode }) =>
    ip !== undefined && ipMode !== 'Proxy' ? [ip] : [],
  )
  const externalAddresses = [...(spec.externalIPs ?? []), ...loadBalancer].filter((each) =>
    isOfFamily(each, family),
  )
  const affinity =
    spec.sessionAffinity === 'ClientIP'
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800)
      : undefined
  const ofFamily = slices.filter(
    ({ addressType }) => addressType === (family === 'ip' ? 'IPv4' : 'IPv6'),
  )

  return (spec.ports ?? []).map((port) => {
    const all = backendsOf(ofFamily, port.name ?? '', nodeName)
    const internalLocal = spec.internalTrafficPolicy === 'Local'
    const externalLocal = spec.externalTrafficPolicy === 'Local'
    return {
      id: `${metadata.namespace}/${metadata.name}:${port.name ?? ''}`,
      protocol: port.protocol.toLowerCase() as ServicePort['protocol'],
      port: port.port,
      clusterAddresses,
      externalAddresses,
      ...(port.nodePort !== undefined && port.nodePort !== 0 && { nodePort: port.nodePort }),
      backends: usable(internalLocal ? all.filter(({ local }) => local) : all),
      externalBackends: usable(externalLocal ? all.filter(({ local }) => local) : all),
      externalLocal,
      ...(affinity !== undefined && { affinitySeconds: affinity }),
    }
  })
}

interface Candidate extends Backend {
  readonly ready: boolean
  readonly serving: boolean
}

function backendsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  nodeName: string,
): Candidate[] {
  // One address may stand in two slices for a moment, while it moves from one to the other.
  const byAddress = new Map<string, Candidate>()
  for (const slice of slices) {
    const port = slice.ports?.find(({ name }) => (name ?? '') === portName)?.port
    if (port === undefined) continue
    for (const endpoint of slice.endpoints) {
      const candidate = candidateOf(endpoint, port, nodeName)
      if (candidate && !byAddress.get(candidate.address)?.ready)
        byAddress.set(candidate.address, candidate)
    }
  }
  return [...byAddress.values()].toSorted((a, b) => compareText(a.address, b.address))
}

function candidateOf(
  { addresses, conditions, nodeName }: Endpoint,
  port: number,
  thisNode: string,
): Candidate | undefined {
  const address = addresses[0]
  if (address === undefined) return undefined
  const ready = conditions?.ready !== false
  return {
    address,
    port,
    local: nodeName === thisNode,
    ready,
    serving: conditions?.serving ?? ready,
  }
}

/** The ready ones; while none is, those that still serve though they are terminating (KEP-1669). */
function usable(candidates: readonly Candidate[]): Backend[] {
  const ready = candidates.filter((each) => each.ready)
  const chosen = ready.length > 0 ? ready : candidates.filter((each) => each.serving)
  return chosen.map(({ address, port, local }) => ({ address, port, local }))
}

export function isOfFamily(address: string, family: Family): boolean {
  return address !== 'None' && address !== '' && address.includes(':') === (family === 'ip6')
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
