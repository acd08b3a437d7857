import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { parseTraceparent } from '../../base/tracing.ts'
import { ask1 } from '../../serving/testing.node.ts'
import { httpsTestServer } from '../http/testing.node.ts'
import { otlpTracing } from './otlp-tracing.node.ts'
import { parseTracingConfiguration } from './tracing-configuration.ts'

interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
}

/** A collector that takes OTLP over HTTP, as a real one does. */
async function collector(t: TestContext): Promise<{ endpoint: string; spans: OtlpSpan[] }> {
  const spans: OtlpSpan[] = []
  const server = createServer((request, response) => {
    void buffer(request).then((bytes) => {
      assert.equal(request.url, '/v1/traces')
      assert.equal(request.headers['content-type'], 'application/json')
      const body = JSON.parse(bytes.toString()) as {
        resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[]
      }
      for (const { scopeSpans } of body.resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans)
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`, spans }
}

async function tracedServer(t: TestContext, samplingRatePerMillion: number) {
  const { endpoint, spans } = await collector(t)
  const { tracing, exporter } = otlpTracing({
    endpoint,
    samplingRatePerMillion,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
  })
  t.after(() => exporter[Symbol.asyncDispose]())
  const admissionPlugins = [
    { name: 'Nothing', operations: ['CREATE' as const], validate: () => undefined },
  ]
  const api = await httpsTestServer(t, { tracing, admissionPlugins })
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const create = async (name: string, headers = {}): Promise<readonly OtlpSpan[]> => {
    const { status } = await ask1(api.port, '/api/v1/namespaces/default/configmaps', {
      method: 'POST',
      cert,
      key,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ metadata: { name } }),
    })
    assert.equal(status, 201)
    await exporter.flush()
    return spans.splice(0)
  }
  return { create }
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'

test('a request that its client traces goes to the collector with all its parts', async (t) => {
  const { create } = await tracedServer(t, 0)
  const spans = await create('a', { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` })
  const root = spans.find(({ name }) => name === 'KubernetesAPI')!
  assert.equal(root.parentSpanId, 'b7ad6b7169203331')
  assert.equal(root.kind, 2)
  const of = (key: string): unknown => root.attributes.find((each) => each.key === key)?.value
  assert.deepEqual(of('http.request.method'), { stringValue: 'POST' })
  assert.deepEqual(of('http.response.status_code'), { intValue: '201' })
  for (const name of ['Authentication', 'Authorization', 'Admission validate', 'Store commit']) {
    const span = spans.find((each) => each.name === name)
    assert.ok(span, `${name} in ${spans.map((each) => each.name).join(', ')}`)
    assert.equal(span.traceId, TRACE_ID)
    assert.equal(span.parentSpanId, root.spanId)
    assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano))
  }
})

test('of requests that nobody traces, the sampling rate decides', async (t) => {
  const none = await tracedServer(t, 0)
  assert.deepEqual(await none.create('a'), [])
  assert.deepEqual(
    await none.create('b', { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-00` }),
    [],
  )
  const all = await tracedServer(t, 1_000_000)
  const [first, second] = [await all.create('a'), await all.create('b')]
  assert.ok(first.length > 0 && second.length > 0)
  assert.notEqual(first[0]!.traceId, second[0]!.traceId)
})

test('parseTraceparent() passes over what is none', () => {
  const good = `00-${TRACE_ID}-b7ad6b7169203331-01`
  assert.equal(parseTraceparent(good)?.sampled, true)
  for (const bad of [
    undefined,
    '',
    'x',
    good.replace('00-', 'ff-'),
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
  ]) {
    assert.equal(parseTraceparent(bad), undefined)
  }
})

test('parseTracingConfiguration() reads upstream files', () => {
  const yaml = (more: string): string =>
    `apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\n${more}`
  assert.deepEqual(
    parseTracingConfiguration(yaml('endpoint: collector:4318\nsamplingRatePerMillion: 100\n')),
    {
      endpoint: 'collector:4318',
      samplingRatePerMillion: 100,
    },
  )
  assert.deepEqual(parseTracingConfiguration(yaml('')), {
    endpoint: 'localhost:4318',
    samplingRatePerMillion: 0,
  })
  assert.throws(
    () => parseTracingConfiguration(yaml('samplingRatePerMillion: -1\n')),
    /samplingRate/,
  )
  assert.throws(() => parseTracingConfiguration('kind: Pod\n'), /kind is not TracingConfiguration/)
})
