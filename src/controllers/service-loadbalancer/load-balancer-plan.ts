import type { Node } from '../../api/core/v1/node.ts'
import type { Service } from '../../api/core/v1/service.ts'
import { isNodeReady } from '../common/node-health.ts'

export type Ingress = NonNullable<Service['status']['loadBalancer']['ingress']>[number]

const EXCLUDED_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers'
const LEAVING_TAINT = 'ToBeDeletedByClusterAutoscaler'

/** Whether this controller is to give the Service addresses: it asks for a load balancer, and for no other's. */
export function isOurs({ spec, metadata }: Service): boolean {
  return (
    spec.type === 'LoadBalancer' &&
    spec.loadBalancerClass === undefined &&
    metadata.deletionTimestamp === undefined
  )
}

/** Whether traffic from outside may come in at a node. */
export function takesTraffic(node: Node): boolean {
  const { metadata, spec } = node
  return (
    metadata.deletionTimestamp === undefined &&
    metadata.labels?.[EXCLUDED_LABEL] === undefined &&
    !(spec.taints ?? []).some(({ key }) => key === LEAVING_TAINT) &&
    isNodeReady(node)
  )
}

/** The addresses of nodes at which a Service can be reached, in the order of the nodes' names. */
export function ingressOf({ spec }: Service, nodes: readonly Node[]): readonly Ingress[] {
  const families = spec.ipFamilies ?? []
  const all = nodes
    .filter(takesTraffic)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .flatMap((node) => addressesOf(node))
    .filter((ip) => families.includes(ip.includes(':') ? 'IPv6' : 'IPv4'))
  const wanted = spec.loadBalancerIP
  return all
    .filter((ip) => wanted === undefined || wanted === '' || ip === wanted)
    .map((ip) => ({ ip, ipMode: 'VIP' }))
}

// External ones are those that clients know the node by.
function addressesOf({ status }: Node): readonly string[] {
  const of = (wanted: string) =>
    (status.addresses ?? []).flatMap(({ type, address }) => (type === wanted ? [address] : []))
  const external = of('ExternalIP')
  return external.length > 0 ? external : of('InternalIP')
}

/** The ports that a Service takes on the nodes' addresses, as `PROTOCOL/PORT`. */
export function portsTaken({ spec }: Service): readonly string[] {
  return (spec.ports ?? []).map(({ protocol, port }) => `${protocol}/${port}`)
}

/** The Service, of those that share its ports, that has a port before it: the older one. */
export function holderOf(service: Service, sharing: readonly Service[]): Service | undefined {
  return sharing.find((each) => isOurs(each) && compareAge(each, service) < 0)
}

function compareAge({ metadata: a }: Service, { metadata: b }: Service): number {
  const [older, newer] = [a, b].map(
    ({ creationTimestamp, uid }) => `${creationTimestamp} ${uid}`,
  ) as [string, string]
  return older < newer ? -1 : older > newer ? 1 : 0
}
