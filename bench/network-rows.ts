import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { systemClock } from '../src/base/clock.node.ts'
import { silentLogger } from '../src/base/logger.ts'
import { MetricSet } from '../src/base/metrics.ts'
import { dnsMetrics } from '../src/dns/dns-metrics.ts'
import { serveDns } from '../src/dns/dns-server.node.ts'
import { Resolver } from '../src/dns/resolver.node.ts'
import { forwarder } from '../src/dns/upstream.node.ts'
import { ServiceRules, type ServiceState } from '../src/proxy/service-rules.ts'
import { testService, testSlice } from '../src/proxy/testing.ts'
import { testNode, whyNoNetworks } from '../test/network/pod-network.node.ts'
import type { Figure, Row } from './row.ts'

export const NETWORK_ROWS: readonly Row[] = [
  {
    name: 'service-rules',
    what: '10,000 Services of 3 endpoints brought into nftables, and one change then',
    measure: measureServices,
  },
  {
    name: 'dns-queries',
    what: 'queries for a Service that one node answers',
    measure: measureDns,
  },
]

const SERVICES = 10_000
const STICKY_SERVICES = 500
const CHANGES = 5
const PLACE = { nodeName: 'n1' }
const DNS_SECONDS = 3
const DNS_PORT = 10_953
const NAME = 'web.default.svc.cluster.local'

async function measureServices(): Promise<Figure[]> {
  if ((await whyNoNetworks()) !== false) return []
  await using node = await testNode()
  const plain = await program(node.nft, SERVICES, {})
  const sticky = await program(node.nft, STICKY_SERVICES, { sessionAffinity: 'ClientIP' })
  return [
    { name: '10,000 Services', value: plain.allMs, unit: 'ms', goal: '2000' },
    { name: 'one change', value: plain.changeMs, unit: 'ms', goal: '50' },
    { name: '500 Services with session affinity', value: sticky.allMs, unit: 'ms' },
  ]
}

async function program(
  nft: (script: string) => Promise<void>,
  count: number,
  spec: object,
): Promise<{ readonly allMs: number; readonly changeMs: number }> {
  const rules = new ServiceRules('bench', { family: 'ip', clusterCIDR: '10.244.0.0/16' })
  const all = new Map(
    Array.from({ length: count }, (_, i) => [`default/web-${i}`, service(i, 3, spec)]),
  )
  const began = performance.now()
  await nft(rules.anew(all, PLACE).script)
  const allMs = performance.now() - began
  const changes: number[] = []
  for (let i = 0; i < CHANGES; i++) {
    const start = performance.now()
    await nft(rules.update(new Map([[`default/web-${i}`, service(i, 2, spec)]]), PLACE).script)
    changes.push(performance.now() - start)
  }
  await nft('delete table ip bench')
  return { allMs, changeMs: changes.toSorted((a, b) => a - b)[CHANGES >> 1]! }
}

function service(i: number, endpoints: number, spec: object): ServiceState {
  const named = testService({
    clusterIPs: [`10.${96 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`],
    ...spec,
  })
  const ips = Array.from({ length: endpoints }, (_, k) => {
    const n = i * 3 + k
    return { ip: `10.244.${(n >> 8) & 255}.${n & 255}`, node: 'n2' }
  })
  return {
    service: { ...named, metadata: { ...named.metadata, name: `web-${i}` } },
    slices: [testSlice(ips)],
  }
}

async function measureDns(): Promise<Figure[]> {
  const found = testService()
  const view = {
    service: () => found,
    slices: () => [],
    hasServices: () => true,
    serviceByAddress: () => undefined,
    slicesByAddress: () => [],
  }
  const set = new MetricSet()
  const metrics = dnsMetrics({ set, domain: 'cluster.local', host: '127.0.0.1' })
  const counting = { clock: systemClock, metrics }
  const forward = forwarder({ servers: [], ...counting })
  const resolver = new Resolver({
    domain: 'cluster.local',
    ttlSeconds: 5,
    view,
    forward,
    ...counting,
  })
  const options = { host: '127.0.0.1', port: DNS_PORT, resolver, logger: silentLogger }
  await using _server = await serveDns(options)
  const load = join(import.meta.dirname, 'dns-load.ts')
  const asking = [load, `${DNS_PORT}`, NAME, `${DNS_SECONDS}`]
  const { stdout } = await promisify(execFile)(process.execPath, asking)
  return [{ name: 'answers', value: Number(stdout), unit: '/s', goal: '20000' }]
}
