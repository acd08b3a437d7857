import assert from 'node:assert/strict'
import type { IncomingMessage, RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { testPki } from '../../serving/testing.node.ts'
import { serverIdentity } from '../../streams/testing-identity.node.ts'
import { testServer } from '../../streams/testing-pod-server.node.ts'
import { nodeBackends } from './backends.node.ts'
import type { BackendRequest, BackendTarget } from './backends.ts'
import { NOT_ALLOWED } from './proxyable.ts'

const IDENTITY = serverIdentity()

async function setUp(t: TestContext, onRequest: RequestListener) {
  const server = await testServer(() => undefined, { identity: IDENTITY, onRequest })
  const kubeletClient = testPki().apiServerKubeletClient
  const backends = nodeBackends({ kubeletClient, kubeletCaPem: IDENTITY.ca })
  t.after(async () => {
    backends[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
  })
  const { port } = server
  const target: BackendTarget = {
    scheme: 'https',
    host: 'localhost',
    port,
    path: '/',
    trust: 'none',
  }
  return async (more: Partial<BackendTarget & BackendRequest> = {}): Promise<string> => {
    const { method = 'GET', body } = more
    const { signal } = new AbortController()
    const request = { method, headers: {}, signal, ...(body && { body }) }
    return text((await backends.request({ ...target, ...more }, request)).body)
  }
}

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('x')
}

/** Answers the first request of each connection, and breaks off at the second. */
function oneEach(seen: IncomingMessage[]): RequestListener {
  const known = new Set<unknown>()
  return (request, response) => {
    seen.push(request)
    if (known.has(request.socket)) request.socket.destroy()
    else response.end('answer')
    known.add(request.socket)
  }
}

test('a request without a body is sent again where the kept connection has died', async (t) => {
  const seen: IncomingMessage[] = []
  const ask = await setUp(t, oneEach(seen))
  assert.equal(await ask(), 'answer')
  assert.equal(await ask(), 'answer')
  assert.equal(seen.length, 3)
})

test('a request with a body is sent once, whatever its method', async (t) => {
  const seen: IncomingMessage[] = []
  const ask = await setUp(t, oneEach(seen))
  assert.equal(await ask(), 'answer')
  await assert.rejects(ask({ body: bytes() }))
  assert.equal(seen.length, 2)
})

test('a closed target is not reached by the kept connection of an open one', async (t) => {
  const ask = await setUp(t, (_, response) => void response.end('answer'))
  assert.equal(await ask(), 'answer')
  await assert.rejects(ask({ closed: true }), { message: NOT_ALLOWED })
})
