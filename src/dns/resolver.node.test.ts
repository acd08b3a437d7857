import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { decode, encode, type DecodedPacket } from 'dns-packet'
import * as fc from 'fast-check'
import type { Service } from '../api/core/v1/service.ts'
import { systemClock } from '../base/clock.node.ts'
import { MetricSet } from '../base/metrics.ts'
import { dnsMetrics } from './dns-metrics.ts'
import { Resolver } from './resolver.node.ts'
import type { ClusterView } from './zone.ts'

const view: ClusterView = {
  service: (namespace, name) =>
    name === 'web'
      ? ({
          metadata: { name, namespace },
          spec: { clusterIP: '10.96.0.20', clusterIPs: ['10.96.0.20', 'fd00::20'] },
        } as unknown as Service)
      : undefined,
  slices: () => [],
  hasServices: () => true,
  serviceByAddress: () => undefined,
  slicesByAddress: () => [],
}

const set = new MetricSet()
const resolver = new Resolver({
  domain: 'cluster.local',
  ttlSeconds: 5,
  view,
  forward: async () => undefined,
  clock: systemClock,
  metrics: dnsMetrics({ set, domain: 'cluster.local', host: '192.0.2.1' }),
})

const EDNS = { type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [] } as never

function query(name: string, type = 'A', more: object = {}): Buffer {
  const questions = [{ type: type as 'A', name }]
  return encode({ type: 'query', id: 7, flags: 256, questions, ...more })
}

async function ask(bytes: Buffer): Promise<DecodedPacket & { readonly rcode?: string }> {
  return decode((await resolver.answer(bytes, { overUdp: true }))!)
}

test('a name without records of the type is told apart from no name, with the zone that says so', async () => {
  for (const [name, type, rcode] of [
    ['web.default.svc.cluster.local', 'MX', 'NOERROR'],
    ['gone.default.svc.cluster.local', 'A', 'NXDOMAIN'],
  ] as const) {
    const answer = await ask(query(name, type))
    assert.equal(answer.rcode, rcode)
    assert.deepEqual(
      answer.authorities?.map(({ type: is, name: of }) => `${is} ${of}`),
      ['SOA cluster.local'],
    )
  }
})

test('a client that speaks EDNS is answered in kind, any other is not', async () => {
  const name = 'web.default.svc.cluster.local'
  const withEdns = await ask(query(name, 'A', { additionals: [EDNS] }))
  assert.deepEqual(
    withEdns.additionals?.map(({ type }) => type),
    ['OPT'],
  )
  assert.deepEqual((await ask(query(name))).additionals, [])
})

test('no bytes bring the resolver down, and what it answers is an answer to them', async () => {
  const valid = query('web.default.svc.cluster.local', 'A', { additionals: [EDNS] })
  const mutated = fc
    .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 })
    .map((changes) => {
      const bytes = Buffer.from(valid)
      for (const [at, value] of changes) bytes[at] = value
      return bytes
    })
  const anything = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes))
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, anything), async (bytes) => {
      const answer = await resolver.answer(bytes, { overUdp: true })
      if (answer) assert.equal(answer.readUInt16BE(0), bytes.readUInt16BE(0))
    }),
    { numRuns: 2000 },
  )
})

test('queries are counted by zone, type and outcome, types that nobody knows as one', async () => {
  await ask(query('web.default.svc.cluster.local'))
  await ask(query('gone.default.svc.cluster.local', 'AAAA'))
  await resolver.answer(query('example.com', 'HINFO'), { overUdp: false })
  const text = await set.text()
  for (const line of [
    /^coredns_dns_requests_total\{server="dns:\/\/:53",zone="cluster\.local\.",view="",proto="udp",family="1",type="A"\} \d+$/m,
    /zone="\.",view="",proto="tcp",family="1",type="other"\} 1$/m,
    /^coredns_dns_responses_total\{server="dns:\/\/:53",zone="cluster\.local\.",view="",rcode="NXDOMAIN",plugin="kubernetes"\} \d+$/m,
    /zone="\.",view="",rcode="SERVFAIL",plugin="forward"\} \d+$/m,
    /^coredns_dns_request_duration_seconds_count\{server="dns:\/\/:53",zone="cluster\.local\.",view=""\} \d+$/m,
  ])
    assert.match(text, line)
})
