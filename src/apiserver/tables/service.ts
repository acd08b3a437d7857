import { hostAndPort } from '../../base/host-and-port.ts'
import type { Endpoints } from '../../api/core/v1/endpoints.ts'
import type { Service } from '../../api/core/v1/service.ts'
import type { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { labelsCell, listCell, NONE, shortened } from './cells.ts'
import { AGE, column, NAME, tableFor, wide, type TableEntry } from './table.ts'

export const SERVICE_TABLES: readonly TableEntry[] = [
  tableFor<Service>('', 'Service', {
    columns: [
      NAME,
      column(
        'Type',
        'How the Service is reached: ClusterIP, NodePort, LoadBalancer, ExternalName.',
      ),
      column('Cluster-IP', 'The address of the Service within the cluster.'),
      column('External-IP', 'Addresses of the Service outside the cluster.'),
      column('Port(s)', 'Ports, with that of the nodes behind the colon.'),
      AGE,
      wide('Selector', 'Which Pods are behind the Service.'),
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      spec.type,
      spec.clusterIPs?.[0] ?? NONE,
      externalCell({ spec, status }),
      spec.ports?.map(portText).join(',') || NONE,
      ages.since(metadata.creationTimestamp),
      labelsCell(spec.selector),
    ],
  }),
  tableFor<Endpoints>('', 'Endpoints', {
    columns: [NAME, column('Endpoints', 'Addresses and ports behind the Service.'), AGE],
    cells: ({ metadata, subsets }, ages) => [
      metadata.name,
      endpointsCell(subsets),
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<EndpointSlice>('discovery.k8s.io', 'EndpointSlice', {
    columns: [
      NAME,
      column('AddressType', 'What the addresses are: IPv4, IPv6 or FQDN.'),
      column('Ports', 'The ports of all endpoints, by number.'),
      column('Endpoints', 'Addresses of the endpoints.'),
      AGE,
    ],
    cells: ({ metadata, addressType, ports, endpoints }, ages) => [
      metadata.name,
      addressType,
      listCell((ports ?? []).map(({ port, name }) => String(port ?? name ?? '*'))),
      listCell((endpoints ?? []).flatMap(({ addresses }) => addresses)),
      ages.since(metadata.creationTimestamp),
    ],
  }),
]

interface LoadBalancer {
  readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[]
}

/** Addresses of a load balancer, each once. */
export function loadBalancerCell({ ingress = [] }: LoadBalancer = {}): string {
  const all = ingress.flatMap(({ ip, hostname }) => ip || hostname || [])
  return [...new Set(all)].toSorted().join(',')
}

function externalCell({ spec, status }: Pick<Service, 'spec' | 'status'>): string {
  const { externalIPs = [], externalName = '' } = spec
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return externalIPs.join(',') || NONE
    case 'LoadBalancer': {
      const balancer = loadBalancerCell(status.loadBalancer)
      return [...(balancer === '' ? [] : [balancer]), ...externalIPs].join(',') || '<pending>'
    }
    case 'ExternalName':
      return externalName
    default:
      return spec.type satisfies never
  }
}

interface Port {
  readonly port: number
  readonly protocol: string
  readonly nodePort?: number
}

function portText({ port, protocol, nodePort = 0 }: Port): string {
  return nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`
}

const LISTED_MAX = 3

function endpointsCell(subsets: Endpoints['subsets'] = []): string {
  if (subsets.length === 0) return NONE
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => hostAndPort(ip, port))),
  )
  return shortened(all.slice(0, LISTED_MAX).join(','), all.length - LISTED_MAX)
}
