import ipaddr from 'ipaddr.js'
import type { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import { SERVICE_NAME_LABEL } from '../api/discovery/v1/service-name.ts'
import type { Service } from '../api/core/v1/service.ts'

/** What the cluster's DNS looks up. All of it is answered from memory. */
export interface ClusterView {
  service(namespace: string, name: string): Service | undefined
  /** The slices of a Service. */
  slices(namespace: string, name: string): readonly EndpointSlice[]
  /** Whether a namespace has any Service, and so names below it. */
  hasServices(namespace: string): boolean
  /** The Service that has this cluster IP, as `canonicalAddress` writes it. */
  serviceByAddress(address: string): Service | undefined
  /** The slices of headless Services that have an endpoint with this address, likewise. */
  slicesByAddress(address: string): readonly EndpointSlice[]
}

export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'SRV' | 'TXT' | 'SOA' | 'NS'

/** One resource record. `data` is as dns-packet takes it. */
export interface DnsRecord {
  readonly name: string
  readonly type: RecordType
  readonly ttl: number
  readonly data: unknown
}

export type ZoneAnswer =
  | {
      readonly kind: 'found'
      readonly answers: readonly DnsRecord[]
      readonly additionals: readonly DnsRecord[]
    }
  /** The name exists and has no record of the type. */
  | { readonly kind: 'noData'; readonly authority: DnsRecord }
  | { readonly kind: 'noName'; readonly authority: DnsRecord }
  /** The answer is a name outside the cluster, which is to be resolved elsewhere. */
  | { readonly kind: 'alias'; readonly answers: readonly DnsRecord[]; readonly target: string }
  /** None of the cluster's names. */
  | { readonly kind: 'foreign' }

export interface ZoneOptions {
  /** Such as `cluster.local`. */
  readonly domain: string
  readonly ttlSeconds: number
}

const SPECIFICATION_VERSION = '1.1.0'

/**
 * Answers a question from the state of the cluster, as the Kubernetes DNS specification 1.1 says.
 * See https://github.com/kubernetes/dns/blob/master/docs/specification.md
 */
export function answerFromZone(
  name: string,
  type: string,
  view: ClusterView,
  options: ZoneOptions,
): ZoneAnswer {
  const lower = name.toLowerCase()
  const zone = new Zone(view, options, lower)
  if (lower.endsWith('.in-addr.arpa') || lower.endsWith('.ip6.arpa')) return zone.reverse(type)
  if (lower === options.domain) return zone.apex(type)
  if (!lower.endsWith(`.${options.domain}`)) return { kind: 'foreign' }
  return zone.forward(
    type,
    lower
      .slice(0, -options.domain.length - 1)
      .split('.')
      .toReversed(),
  )
}

class Zone {
  readonly #view: ClusterView
  readonly #options: ZoneOptions
  readonly #name: string

  constructor(view: ClusterView, options: ZoneOptions, name: string) {
    this.#view = view
    this.#options = options
    this.#name = name
  }

  apex(type: string): ZoneAnswer {
    if (type === 'SOA') return this.#found([this.#soa()], type)
    if (type === 'NS')
      return this.#found([this.#record('NS', `ns.dns.${this.#options.domain}`)], type)
    return this.#noData()
  }

  /** `labels` are those before the domain, from the right: `svc`, the namespace, the Service, … */
  forward(type: string, [first, namespace, ...rest]: readonly string[]): ZoneAnswer {
    if (first === 'dns-version' && namespace === undefined) {
      return this.#found([this.#record('TXT', SPECIFICATION_VERSION)], type)
    }
    if (first !== 'svc' && first !== 'pod') return this.#noName()
    if (namespace === undefined) return this.#noData()
    // The address of a Pod is in its name; nothing needs to be looked up.
    if (first === 'pod') return rest.length === 0 ? this.#noData() : this.#pod(type, rest)
    if (!this.#view.hasServices(namespace)) return this.#noName()
    return rest.length === 0 ? this.#noData() : this.#service(type, namespace, rest)
  }

  reverse(type: string): ZoneAnswer {
    const address = addressOfReverse(this.#name)
    if (address === undefined) return { kind: 'foreign' }
    const service = this.#view.serviceByAddress(address)
    const names = service ? [this.#serviceName(service)] : this.#endpointNames(address)
    if (names.length === 0) return { kind: 'foreign' }
    return this.#found(
      names.map((each) => this.#record('PTR', each)),
      type,
    )
  }

  #endpointNames(address: string): string[] {
    return this.#view.slicesByAddress(address).flatMap((slice) => {
      const service = slice.metadata.labels?.[SERVICE_NAME_LABEL]
      const endpoint = slice.endpoints.find(({ addresses }) =>
        addresses.some((each) => canonicalAddress(each) === address),
      )
      if (service === undefined || !endpoint) return []
      return [
        `${endpoint.hostname ?? dashed(address)}.${service}.${slice.metadata.namespace}.svc.${this.#options.domain}`,
      ]
    })
  }

  /** `1-2-3-4.NAMESPACE.pod.DOMAIN` says the address itself. */
  #pod(type: string, rest: readonly string[]): ZoneAnswer {
    const address = rest.length === 1 ? addressOfDashed(rest[0]!) : undefined
    if (address === undefined) return this.#noName()
    return this.#found(this.#addresses(this.#name, [address]), type)
  }

  #service(type: string, namespace: string, [name, ...rest]: readonly string[]): ZoneAnswer {
    const service = this.#view.service(namespace, name!)
    if (!service) return this.#noName()
    if (service.spec.type === 'ExternalName')
      return rest.length === 0 ? this.#external(service) : this.#noName()
    const isHeadless = service.spec.clusterIP === 'None'
    if (rest.length === 0)
      return isHeadless ? this.#headless(type, namespace, name!) : this.#clusterIP(type, service)
    if (rest[0] === '_tcp' || rest[0] === '_udp' || rest[0] === '_sctp')
      return this.#ports(type, service, rest)
    return isHeadless && rest.length === 1
      ? this.#endpoint(type, namespace, name!, rest[0]!)
      : this.#noName()
  }

  #external({ spec }: Service): ZoneAnswer {
    const target = (spec.externalName ?? '').replace(/\.$/, '')
    return { kind: 'alias', answers: [this.#record('CNAME', target)], target }
  }

  #clusterIP(type: string, service: Service): ZoneAnswer {
    return this.#found(this.#addresses(this.#name, service.spec.clusterIPs ?? []), type)
  }

  #headless(type: string, namespace: string, name: string): ZoneAnswer {
    return this.#endpointAddresses(type, this.#endpoints(namespace, name))
  }

  #endpoint(type: string, namespace: string, name: string, hostname: string): ZoneAnswer {
    const endpoints = this.#endpoints(namespace, name)
    return this.#endpointAddresses(
      type,
      endpoints.filter((each) => each.hostname === hostname),
    )
  }

  /** An address may stand in two slices: with other ports, or while it moves from one to the other. */
  #endpointAddresses(type: string, endpoints: readonly { readonly address: string }[]): ZoneAnswer {
    if (endpoints.length === 0) return this.#noName()
    const addresses = uniqueBy(endpoints, ({ address }) => address)
    return this.#found(
      this.#addresses(
        this.#name,
        addresses.map(({ address }) => address),
      ),
      type,
    )
  }

  /** `_PORT._PROTOCOL.SERVICE…`: where a named port is. */
  #ports(
    type: string,
    service: Service,
    [protocolLabel, portLabel, ...more]: readonly string[],
  ): ZoneAnswer {
    if (portLabel === undefined) return this.#noData()
    if (more.length > 0 || !portLabel.startsWith('_')) return this.#noName()
    const [protocol, portName] = [protocolLabel!.slice(1).toUpperCase(), portLabel.slice(1)]
    const { namespace, name } = service.metadata
    if (service.spec.clusterIP === 'None')
      return this.#headlessPorts(type, namespace, name, protocol, portName)

    const port = service.spec.ports?.find(
      (each) => each.protocol === protocol && each.name === portName,
    )
    if (!port) return this.#noName()
    const target = this.#serviceName(service)
    return this.#found(
      [this.#srv(port.port, target)],
      type,
      this.#addresses(target, service.spec.clusterIPs ?? []),
    )
  }

  #headlessPorts(
    type: string,
    namespace: string,
    name: string,
    protocol: string,
    portName: string,
  ): ZoneAnswer {
    const targets = this.#endpoints(namespace, name).flatMap((endpoint) =>
      endpoint.ports
        .filter((port) => port.protocol === protocol && port.name === portName)
        .map((port) => ({
          ...endpoint,
          port: port.port,
          target: `${endpoint.hostname}.${name}.${namespace}.svc.${this.#options.domain}`,
        })),
    )
    if (targets.length === 0) return this.#noName()
    const additionals = uniqueBy(targets, ({ address }) => address).flatMap(({ target, address }) =>
      this.#addresses(target, [address]),
    )
    // A name may have addresses of both families, which are in different slices.
    const named = uniqueBy(targets, ({ port, target }) => `${target} ${port}`)
    return this.#found(
      named.map(({ port, target }) => this.#srv(port, target)),
      type,
      additionals,
    )
  }

  #endpoints(namespace: string, name: string) {
    return this.#view.slices(namespace, name).flatMap((slice) =>
      slice.endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses, hostname }) =>
          addresses.map((address) => ({
            address,
            hostname: hostname ?? dashed(address),
            ports: (slice.ports ?? []).map((port) => ({
              name: port.name ?? '',
              protocol: port.protocol,
              port: port.port ?? 0,
            })),
          })),
        ),
    )
  }

  #serviceName({ metadata }: Service): string {
    return `${metadata.name}.${metadata.namespace}.svc.${this.#options.domain}`
  }

  #addresses(name: string, addresses: readonly string[]): DnsRecord[] {
    return addresses.map((data) => ({
      ...this.#record(data.includes(':') ? 'AAAA' : 'A', data),
      name,
    }))
  }

  #srv(port: number, target: string): DnsRecord {
    return this.#record('SRV', { priority: 0, weight: 100, port, target })
  }

  #record(type: RecordType, data: unknown): DnsRecord {
    return { name: this.#name, type, ttl: this.#options.ttlSeconds, data }
  }

  /** The records of the type asked for; the name exists even where there is none. */
  #found(
    records: readonly DnsRecord[],
    type: string,
    additionals: readonly DnsRecord[] = [],
  ): ZoneAnswer {
    const answers = records.filter((record) => record.type === type || type === 'ANY')
    return answers.length === 0 ? this.#noData() : { kind: 'found', answers, additionals }
  }

  #noData(): ZoneAnswer {
    return { kind: 'noData', authority: this.#soa() }
  }

  #noName(): ZoneAnswer {
    return { kind: 'noName', authority: this.#soa() }
  }

  /** Says how long a "no" may be remembered. */
  #soa(): DnsRecord {
    const { domain, ttlSeconds } = this.#options
    const data = {
      mname: `ns.dns.${domain}`,
      rname: `hostmaster.${domain}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: ttlSeconds,
    }
    return { name: domain, type: 'SOA', ttl: ttlSeconds, data }
  }
}

function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  return [...new Map(items.map((each) => [keyOf(each), each])).values()]
}

function dashed(address: string): string {
  return canonicalAddress(address).replaceAll(/[.:]/g, '-')
}

function addressOfDashed(label: string): string | undefined {
  if (/^\d{1,3}(?:-\d{1,3}){3}$/.test(label)) {
    const address = label.replaceAll('-', '.')
    return address.split('.').every((part) => Number(part) <= 255) ? address : undefined
  }
  const address = label.replaceAll('-', ':')
  return /^[0-9a-f-]+$/.test(label) && ipaddr.IPv6.isValid(address) ? address : undefined
}

function addressOfReverse(name: string): string | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name)
  if (v4) return v4.slice(1).toReversed().join('.')
  const nibbles = name.endsWith('.ip6.arpa')
    ? name.slice(0, -'.ip6.arpa'.length).split('.').toReversed()
    : []
  if (nibbles.length !== 32 || !nibbles.every((each) => /^[0-9a-f]$/.test(each))) return undefined
  const groups = Array.from({ length: 8 }, (_, i) => nibbles.slice(i * 4, i * 4 + 4).join(''))
  return canonicalAddress(groups.join(':'))
}

/** An address as RFC 5952 writes it: one of IPv6 can be written in many ways. */
export function canonicalAddress(address: string): string {
  return address.includes(':') && ipaddr.IPv6.isValid(address)
    ? ipaddr.IPv6.parse(address).toString()
    : address
}
