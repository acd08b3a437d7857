import {
  exponentialBuckets,
  type Counter,
  type Histogram,
  type MetricSet,
} from '../base/metrics.ts'

/** What became of a query. */
export interface AnsweredQuery {
  readonly type: string
  readonly overUdp: boolean
  /** Whether somebody outside of the cluster was asked. */
  readonly isForeign: boolean
  /** The number that the answer ends with, 0 where all is well (RFC 1035, section 4.1.1). */
  readonly rcode: number
  readonly seconds: number
}

/** Counts what a DNS server does, by CoreDNS' names. */
export interface DnsMetrics {
  answered(query: AnsweredQuery): void
  /** Whether what somebody outside said a moment ago was told again. */
  askedOn(isKnown: boolean): void
}

export interface DnsMetricsOptions {
  readonly set: MetricSet
  /** Such as `cluster.local`. */
  readonly domain: string
  /** The address that is asked. */
  readonly host: string
}

const SERVER = 'dns://:53' // As Pods know it.

// Who asks chooses the type, and is not to choose how many series there are.
const TYPES = new Set('A AAAA ANY CAA CNAME HTTPS MX NAPTR NS PTR SOA SRV SVCB TXT'.split(' '))
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

/** Adds the metrics of a DNS server to a set. */
export function dnsMetrics({ set, domain, host }: DnsMetricsOptions): DnsMetrics {
  const requests = set.counter({
    name: 'coredns_dns_requests_total',
    help: 'Counter of DNS requests made per zone, protocol and family.',
    labels: ['server', 'zone', 'view', 'proto', 'family', 'type'],
  })
  const responses = set.counter({
    name: 'coredns_dns_responses_total',
    help: 'Counter of response status codes.',
    labels: ['server', 'zone', 'view', 'rcode', 'plugin'],
  })
  const durations = set.histogram({
    name: 'coredns_dns_request_duration_seconds',
    help: 'Histogram of the time (in seconds) each request took per zone.',
    labels: ['server', 'zone', 'view'],
    buckets: exponentialBuckets(0.000_25, 2, 16),
  })
  const family = host.includes(':') ? '2' : '1'
  const [cacheRequests, cacheMisses] = ['requests', 'misses'].map((what) =>
    set
      .counter({
        name: `coredns_cache_${what}_total`,
        help: `The count of cache ${what}.`,
        labels: ['server', 'zones', 'view'],
      })
      .with(SERVER, '.', ''),
  ) as [Counter, Counter]
  const zones = [`${domain}.`, '.'].map((zone, i) => ({
    seconds: durations.with(SERVER, zone, ''),
    asked: known((key) => {
      const [proto = '', type = ''] = key.split(' ')
      return requests.with(SERVER, zone, '', proto, family, type)
    }),
    said: known((rcode) => responses.with(SERVER, zone, '', rcode, PLUGINS[i]!)),
  })) as [Zone, Zone]
  return {
    answered({ type, overUdp, isForeign, rcode, seconds }) {
      const zone = zones[isForeign ? 1 : 0]
      zone.seconds.observe(seconds)
      zone.asked(`${overUdp ? 'udp' : 'tcp'} ${TYPES.has(type) ? type : 'other'}`).inc()
      zone.said(RCODES[rcode] ?? 'other').inc()
    },
    askedOn(isKnown) {
      cacheRequests.inc()
      if (!isKnown) cacheMisses.inc()
    },
  }
}

const PLUGINS = ['kubernetes', 'forward'] // Who would answer in CoreDNS: for the cluster's names, and for others.

interface Zone {
  readonly seconds: Histogram
  readonly asked: (key: string) => Counter
  readonly said: (rcode: string) => Counter
}

/** Looks a series up once. */
function known(find: (key: string) => Counter): (key: string) => Counter {
  const found = new Map<string, Counter>()
  return (key) => found.getOrInsertComputed(key, find)
}
