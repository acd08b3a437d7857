import type { Logger } from '../base/logger.ts'
import { isAlreadyExists, isNotFound } from '../apimachinery/status-predicates.ts'
import { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import { Node } from '../api/core/v1/node.ts'
import { Service } from '../api/core/v1/service.ts'
import { SERVICE_NAME_LABEL } from '../api/discovery/v1/service-name.ts'
import type { Client } from '../client/client.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { Input } from '../schema/message.ts'

/** A node says here where its DNS server listens: `ADDRESS:PORT`. */
export const DNS_ENDPOINT_ANNOTATION = 'trierarch.io/dns-endpoint'

const NAMESPACE = 'kube-system'
const NAME = 'kube-dns'
const PORTS = [
  { name: 'dns', protocol: 'UDP', port: 53 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53 },
] as const

export interface DnsServiceOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly clusterIP: string
  readonly logger: Logger
}

/**
 * Publishes the DNS servers of the nodes as the Service kube-system/kube-dns, which has no selector: an EndpointSlice
 * for each node that runs one. A Pod is always answered by its own node. The Service is made for the first of them, so
 * that a cluster has none before a node with real Pods joins it. Where the user brings a DNS of their own, under this
 * name and with a selector, that one is left alone.
 */
export function publishDnsService(options: DnsServiceOptions): Disposable {
  const { informers, logger } = options
  const nodes = informers.informer(Node)
  const published = new Map<string, string>()

  const sync = (node: Node): void => {
    const endpoint = node.metadata.annotations?.[DNS_ENDPOINT_ANNOTATION]
    if (endpoint === undefined || published.get(node.metadata.name) === endpoint) return
    published.set(node.metadata.name, endpoint)
    publish(options, node, endpoint).catch((error: unknown) => {
      published.delete(node.metadata.name) // The node's next heartbeat tries again.
      logger.error('cannot publish the DNS server of a node', {
        node: node.metadata.name,
        error: String(error),
      })
    })
  }
  return nodes.subscribe({
    add: sync,
    update: sync,
    delete: ({ metadata }) => published.delete(metadata.name),
  })
}

/** Sees to it that there is a Service; answers with it. */
export async function ensureDnsService({
  client,
  clusterIP,
}: Pick<DnsServiceOptions, 'client' | 'clusterIP'>): Promise<Service> {
  const service: Input<Service> = {
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      labels: {
        'k8s-app': 'kube-dns',
        'kubernetes.io/cluster-service': 'true',
        'kubernetes.io/name': 'CoreDNS',
      },
    },
    spec: { clusterIP, ports: PORTS, internalTrafficPolicy: 'Local' },
  }
  // Its address is reserved by itself, so it is looked up first: creating it again would name a taken address.
  const existing = await client
    .get(Service, { namespace: NAMESPACE, name: NAME })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error
      return undefined
    })
  return existing ?? client.create(Service, service)
}

/** The node owns its slice, so that it goes when the node goes. */
async function publish(
  options: DnsServiceOptions,
  { metadata }: Node,
  endpoint: string,
): Promise<void> {
  const { client } = options
  const { spec } = await ensureDnsService(options)
  if (spec.selector !== undefined) return
  const split = endpoint.lastIndexOf(':')
  const [address, port] = [
    endpoint.slice(0, split).replace(/^\[|\]$/g, ''),
    Number(endpoint.slice(split + 1)),
  ]
  const slice: Input<EndpointSlice> = {
    metadata: {
      name: `${NAME}-${metadata.name}`,
      namespace: NAMESPACE,
      labels: {
        [SERVICE_NAME_LABEL]: NAME,
        'endpointslice.kubernetes.io/managed-by': 'dns.trierarch.io',
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: metadata.name, uid: metadata.uid }],
    },
    addressType: address.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [
      {
        addresses: [address],
        nodeName: metadata.name,
        conditions: { ready: true, serving: true, terminating: false },
      },
    ],
    ports: PORTS.map(({ name, protocol }) => ({ name, protocol, port })),
  }
  const key = { namespace: NAMESPACE, name: slice.metadata!.name! }
  try {
    await client.create(EndpointSlice, slice)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    try {
      await client.patch(EndpointSlice, key, 'merge', {
        endpoints: slice.endpoints,
        ports: slice.ports,
        metadata: { ownerReferences: slice.metadata!.ownerReferences },
      })
    } catch (patchError) {
      // It went between the two: with the node that it belonged to before this one took the name.
      if (!isNotFound(patchError)) throw patchError
      await client.create(EndpointSlice, slice)
    }
  }
}
