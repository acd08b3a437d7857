import { strict as assert } from 'node:assert'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { decode, encode, type DecodedPacket } from 'dns-packet'
import { systemClock } from '../base/clock.node.ts'
import { silentLogger } from '../base/logger.ts'
import type { Service } from '../api/core/v1/service.ts'
import { MetricSet } from '../base/metrics.ts'
import { dnsMetrics } from './dns-metrics.ts'
import { serveDns } from './dns-server.node.ts'
import { Resolver, type Forward } from './resolver.node.ts'
import { forwarder } from './upstream.node.ts'
import type { ClusterView } from './zone.ts'

const MANY = Array.from({ length: 100 }, (_, i) => `10.0.0.${i}`)

const view: ClusterView = {
  service: (_namespace, name) => {
    if (name === 'alias')
      return {
        spec: { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' },
      } as Service
    const clusterIPs = name === 'many' ? MANY : ['10.96.0.20']
    return {
      metadata: { name, namespace: 'default' },
      spec: { clusterIP: clusterIPs[0], clusterIPs },
    } as unknown as Service
  },
  slices: () => [],
  hasServices: () => true,
  serviceByAddress: () => undefined,
  slicesByAddress: () => [],
}

interface TestServer extends AsyncDisposable {
  readonly port: number
}

const SERVFAIL = 2

async function freePort(): Promise<number> {
  const probe = createSocket('udp4').bind(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  await new Promise<void>((resolve) => probe.close(() => resolve()))
  return port
}

/** Serves on a free port of the loopback address, or at a place of the test's, with `forward` as the resolver for foreign names. */
async function startServer(
  forward = forwarder({ servers: [], clock: systemClock }),
  place?: { readonly host: string; readonly port: number },
): Promise<TestServer> {
  const { host, port } = place ?? { host: '127.0.0.1', port: await freePort() }
  const resolver = new Resolver({
    domain: 'cluster.local',
    ttlSeconds: 5,
    view,
    forward,
    clock: systemClock,
  })
  try {
    const server = await serveDns({ host, port, resolver, logger: silentLogger })
    return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  } catch (error) {
    // What is free over UDP may be taken over TCP.
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || place) throw error
    return startServer(forward)
  }
}

async function askUdp(port: number, name: string, type = 'A', id = 7): Promise<DecodedPacket> {
  const socket = createSocket('udp4')
  socket.send(
    encode({ type: 'query', id, flags: 256, questions: [{ type: type as 'A', name }] }),
    port,
    '127.0.0.1',
  )
  const [bytes] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  return decode(bytes)
}

/** An upstream that answers with so many addresses, or with a failure. */
function upstreamOf(count: number, flags = 0): Forward {
  return async (query) => {
    const { id, questions } = decode(query)
    const answers = MANY.slice(0, count).map(
      (data) => ({ type: 'A', name: 'example.com', ttl: 60, data }) as const,
    )
    return encode({ type: 'response', id: id!, flags, questions: questions!, answers })
  }
}

async function askTcp(port: number, name: string): Promise<DecodedPacket> {
  const socket = connect(port, '127.0.0.1')
  const query = encode({ type: 'query', id: 8, questions: [{ type: 'A', name }] })
  // In two parts, since TCP keeps no message together.
  socket.write(Buffer.concat([Buffer.from([0, query.length]), query.subarray(0, 5)]))
  socket.write(query.subarray(5))
  let received = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk])
    if (received.length >= 2 + received.readUInt16BE(0)) break
  }
  return decode(received.subarray(2))
}

test('serveDns() answers over UDP with the id and flags of the query', async () => {
  await using server = await startServer()
  const response = await askUdp(server.port, 'web.default.svc.cluster.local')
  assert.equal(response.id, 7)
  assert.equal(response.flag_aa && response.flag_ra && response.flag_rd, true)
  assert.deepEqual(
    response.answers?.map((each) => 'data' in each && each.data),
    ['10.96.0.20'],
  )
})

test('serveDns() cuts off what a UDP client cannot take, and gives it whole over TCP', async () => {
  await using server = await startServer()
  const short = await askUdp(server.port, 'many.default.svc.cluster.local')
  assert.equal(short.flag_tc, true)
  const whole = await askTcp(server.port, 'many.default.svc.cluster.local')
  assert.equal(whole.answers?.length, MANY.length)
})

test('serveDns() resolves what an ExternalName stands for', async () => {
  await using server = await startServer()
  const { answers } = await askUdp(server.port, 'alias.default.svc.cluster.local')
  assert.deepEqual(
    answers?.map(({ type }) => type),
    ['CNAME', 'A'],
  )
})

test('serveDns() asks on for foreign names, and says so when nobody answers', async () => {
  let asked = 0
  await using upstream = await startServer(async (query) => {
    asked++
    const { id, questions } = decode(query)
    return encode({
      type: 'response',
      id: id!,
      questions: questions!,
      answers: [{ type: 'A', name: 'example.com', ttl: 60, data: '192.0.2.1' }],
    })
  })
  const set = new MetricSet()
  const metrics = dnsMetrics({ set, domain: 'cluster.local', host: '127.0.0.1' })
  const { port } = upstream
  await using server = await startServer(
    forwarder({ servers: ['127.0.0.1'], port, clock: systemClock, metrics }),
  )
  for (const id of [7, 8]) {
    const { answers, ...response } = await askUdp(server.port, 'example.com', 'A', id)
    assert.equal(response.id, id)
    assert.deepEqual(
      answers?.map((each) => 'data' in each && each.data),
      ['192.0.2.1'],
    )
  }
  assert.equal(asked, 1) // The answer holds for a while.
  const counted = await set.text()
  for (const [what, count] of [
    ['requests', 2],
    ['misses', 1],
  ])
    assert.match(counted, new RegExp(`^coredns_cache_${what}_total\\{.*\\} ${count}$`, 'm'))

  await using alone = await startServer()
  assert.equal(((await askUdp(alone.port, 'example.com')) as { rcode?: string }).rcode, 'SERVFAIL')
})

test('serveDns() cuts off what others say for a UDP client, too, and gives it whole over TCP', async () => {
  await using upstream = await startServer(upstreamOf(MANY.length))
  const { port } = upstream
  await using server = await startServer(
    forwarder({ servers: ['127.0.0.1'], port, clock: systemClock }),
  )
  const short = await askUdp(server.port, 'example.com')
  assert.deepEqual([short.flag_tc, short.answers], [true, []])
  assert.equal((await askTcp(server.port, 'example.com')).answers?.length, MANY.length)
})

test('forwarder() goes on to the next server where one is gone or fails, and stays with who answers', async () => {
  const asked: string[] = []
  const noting = (name: string, forward: Forward): Forward => {
    return (query) => {
      asked.push(name)
      return forward(query)
    }
  }
  await using failing = await startServer(noting('failing', upstreamOf(0, SERVFAIL)))
  const { port } = failing
  await using _ = await startServer(noting('well', upstreamOf(1)), { host: '127.0.0.3', port })
  const servers = ['127.0.0.2', '127.0.0.1', '127.0.0.3'] // The first is gone.
  const forward = forwarder({ servers, port, clock: systemClock })
  const ask = async (name: string) =>
    decode((await forward(encode({ id: 1, questions: [{ type: 'A', name }] })))!).answers?.length
  assert.equal(await ask('one.example.com'), 1)
  assert.equal(await ask('two.example.com'), 1)
  assert.deepEqual(asked, ['failing', 'well', 'well'])
})

test('serveDns() survives what is no DNS message', async () => {
  await using server = await startServer()
  const socket = createSocket('udp4')
  for (const garbage of ['', 'x', '\0'.repeat(12), '\xff'.repeat(600)])
    socket.send(Buffer.from(garbage, 'latin1'), server.port, '127.0.0.1')
  const response = await askUdp(server.port, 'web.default.svc.cluster.local')
  socket.close()
  assert.equal(response.answers?.length, 1)
})
