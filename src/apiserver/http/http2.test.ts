import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { ask2, connect2, testServer } from '../../serving/testing.node.ts'
import { serverMetrics, type ServerMetrics } from '../metrics/server-metrics.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { ResourceCalls } from '../testing.node.ts'
import { testApiServer } from '../testing.ts'
import { httpsTestServer, type HttpsTestServer } from './testing.node.ts'

const PATH = '/api/v1/namespaces/default/configmaps'

function configMaps({ transport }: Pick<HttpsTestServer, 'transport'>): ResourceCalls {
  return new ResourceCalls(transport, 'v1', 'configmaps', 'default')
}

function connected(t: TestContext, { port, pki }: HttpsTestServer): Promise<ClientHttp2Session> {
  const { certPem: cert, keyPem: key } = pki.superAdmin
  return connect2(t, port, { cert, key })
}

/** A watch that has begun. */
async function watch(session: ClientHttp2Session): Promise<ClientHttp2Stream> {
  const stream = session.request({ ':path': `${PATH}?watch=1` })
  stream.on('error', () => undefined)
  await once(stream, 'response')
  return stream
}

/** Gives the names that a watch tells, one after the other. */
function namesOf(stream: ClientHttp2Stream): () => Promise<string | undefined> {
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]()
  return async () => {
    const { value } = await lines.next()
    return (JSON.parse(String(value)) as { object: ApiObject }).object.metadata.name
  }
}

async function watches(metrics: ServerMetrics): Promise<number> {
  const text = await metrics.set.text()
  return Number(/^apiserver_longrunning_requests\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

test('HTTP/2: a watch that its client resets is over, and the others of the connection go on', async (t) => {
  const metrics = serverMetrics()
  const api = await httpsTestServer(t, { metrics })
  const session = await connected(t, api)
  const [reset, other] = [await watch(session), await watch(session)]
  const next = namesOf(other)
  await configMaps(api).create({ metadata: { name: 'a' } })
  assert.equal(await next(), 'a')
  assert.equal(await watches(metrics), 2)
  reset.close(constants.NGHTTP2_CANCEL)
  await eventually(async () => (await watches(metrics)) === 1)
  await configMaps(api).create({ metadata: { name: 'b' } })
  assert.equal(await next(), 'b')
  assert.equal((await ask2(session, `${PATH}/a`)).status, 200)
})

test('HTTP/2: a request that its client resets in the middle of its body does nothing', async (t) => {
  const metrics = serverMetrics()
  const api = await httpsTestServer(t, { metrics })
  const session = await connected(t, api)
  const body = JSON.stringify({ metadata: { name: 'a' } })
  const head = { ':method': 'POST', ':path': PATH, 'content-type': 'application/json' }
  const inFlight = async (): Promise<boolean> =>
    /inflight_requests\{request_kind="mutating"\} [1-9]/.test(await metrics.set.text())
  for (const error of [undefined, new Error('the client gives up')]) {
    const stream = session.request(head)
    stream.on('error', () => undefined)
    // All but the end, so that only the reset tells the server that it is not whole.
    stream.write(body)
    await eventually(inFlight)
    // What would only be closed is ended first.
    stream.destroy(error)
    await eventually(async () => !(await inFlight()))
  }
  assert.deepEqual((await configMaps(api).list()).items, [])
  const headers = { 'content-type': 'application/json' }
  assert.equal((await ask2(session, PATH, { method: 'POST', headers, body })).status, 201)
})

test('HTTP/2: a watch that nobody reads keeps none of its connection waiting, and loses nothing', async (t) => {
  const api = await httpsTestServer(t)
  const session = await connected(t, api)
  const [stalled, other] = [await watch(session), await watch(session)]
  stalled.pause()
  const next = namesOf(other)
  // Far more than the windows of a stream and of a connection hold.
  const names = Array.from({ length: 300 }, (_, i) => `a${i}`)
  const data = { filler: 'x'.repeat(4000) }
  for (const name of names) {
    await configMaps(api).create({ metadata: { name }, data })
    assert.equal(await next(), name)
  }
  assert.equal((await ask2(session, `${PATH}/a0`)).status, 200)
  const late = namesOf(stalled)
  for (const name of names) assert.equal(await late(), name)
})

test('HTTP/2: a server that closes says so, and ends its watches well', async (t) => {
  const api = await testApiServer({
    clock: systemClock,
    crypto: nodeCrypto(),
    authenticators: [() => ({ user: { name: 'test', groups: ['system:masters'] } })],
  })
  t.after(() => api[Symbol.asyncDispose]())
  const { server } = await testServer(t, api.server.handle)
  const session = await connect2(t, server.port)
  const stream = await watch(session)
  const ended = once(stream.resume(), 'end')
  const told = once(session, 'goaway') as Promise<[code: number]>
  const closed = server.close(60_000)
  assert.equal((await told)[0], constants.NGHTTP2_NO_ERROR)
  assert.equal(stream.readableEnded, false)
  await api.server[Symbol.asyncDispose]()
  await ended
  assert.equal(stream.rstCode, constants.NGHTTP2_NO_ERROR)
  await closed
})
