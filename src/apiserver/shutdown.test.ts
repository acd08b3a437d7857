import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { eventually } from '../base/async-eventually.node.ts'
import { systemClock } from '../base/clock.node.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { silentLogger } from '../base/logger.ts'
import { systemRandom } from '../base/random.node.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { ask1, connect2, testServer, type Answer } from '../serving/testing.node.ts'
import { openSqliteStore } from '../storage/sqlite/sqlite-store.node.ts'
import { createApiServer } from './api-server.ts'
import { clientCertificates } from './authentication/client-certificate.ts'
import { acceptWatchSocket } from './http/watch-socket.node.ts'
import { httpsTestServer } from './http/testing.node.ts'

const PATH = '/api/v1/namespaces/default/configmaps'

async function sqliteServer(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-shutdown-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'store.db')
  const store = await openSqliteStore({ file })
  const server = createApiServer({
    store,
    clock: systemClock,
    random: systemRandom,
    crypto: nodeCrypto(),
    logger: silentLogger,
    authenticators: [clientCertificates()],
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
    acceptWatchSocket,
  })
  await server.start()
  const { server: tls, pki } = await testServer(t, server.handle)
  const { certPem: cert, keyPem: key } = pki.superAdmin
  return { server, store, file, tls, port: tls.port, cert, key }
}

/** The names that a watch was told. */
interface Told {
  readonly names: readonly string[]
}

/** A watch that has begun. */
interface Watch {
  /** Rejects where what it was told is not whole. */
  readonly told: Promise<Told>
}

function told(text: string): Told {
  assert.ok(text === '' || text.endsWith('\n'), `torn: ${text.slice(-80)}`)
  return namesOf(text.split('\n').filter((line) => line !== ''))
}

function namesOf(events: readonly string[]): Told {
  const names = events.map((event) => {
    const { type, object } = JSON.parse(event) as {
      type: string
      object: { metadata: { name: string } }
    }
    assert.equal(type, 'ADDED')
    return object.metadata.name
  })
  return { names }
}

type Place = Awaited<ReturnType<typeof sqliteServer>>

async function watch1({ port, cert, key }: Place): Promise<Watch> {
  const path = `${PATH}?watch=1&resourceVersion=1`
  const options = { host: '127.0.0.1', port, path, cert, key, rejectUnauthorized: false }
  const request = httpsRequest({ ...options, agent: new Agent() }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  // Rejects where the connection is broken off before the last chunk.
  return { told: buffer(response).then((bytes) => told(bytes.toString())) }
}

async function watch2(t: TestContext, { port, cert, key }: Place): Promise<Watch> {
  const session = await connect2(t, port, { cert, key })
  const stream = session.request({ ':path': `${PATH}?watch=1&resourceVersion=1` })
  await once(stream, 'response')
  const whole = buffer(stream).then((bytes) => {
    assert.equal(stream.rstCode, 0)
    return told(bytes.toString())
  })
  return { told: whole }
}

async function watchSocket({ port, cert, key }: Place): Promise<Watch> {
  const url = `wss://127.0.0.1:${port}${PATH}?watch=1&resourceVersion=1`
  const socket = new WebSocket(url, { cert, key, rejectUnauthorized: false })
  const messages: string[] = []
  socket.on('message', (data: Buffer) => messages.push(data.toString()))
  const closed = once(socket, 'close') as Promise<[number]>
  await once(socket, 'open')
  const whole = closed.then(([code]) => {
    assert.equal(code, 1000)
    return namesOf(messages)
  })
  return { told: whole }
}

test('shutdown(): under load, no watch is torn, no acknowledged write is lost', async (t) => {
  const place = await sqliteServer(t)
  const { server, store, file, tls, port, cert, key } = place
  const watches = await Promise.all(
    [1, 2, 3].flatMap(() => [watch1(place), watch2(t, place), watchSocket(place)]),
  )
  const acknowledged = new Set<string>()
  const refusals = new Set<number>()
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const write = async (name: string): Promise<boolean> => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ metadata: { name } })
    const answer = await ask1(port, PATH, {
      method: 'POST',
      headers,
      body,
      cert,
      key,
      agent,
    }).catch(() => undefined)
    if (answer?.status === 201) acknowledged.add(name)
    else if (answer) refusals.add(answer.status)
    return answer?.status === 201
  }
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let i = 0; await write(`w${writer}-${i}`); i++);
  })
  await eventually(() => acknowledged.size > 100)
  await server.shutdown()
  await tls.close(1000)
  await Promise.all(writers)
  await server[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  for (const { told: what } of watches) {
    const { names } = await what
    assert.equal(new Set(names).size, names.length)
    assert.ok(names.length > 50, String(names.length))
  }
  assert.ok(
    [...refusals].every((status) => status === 503),
    String([...refusals]),
  )
  await using reopened = await openSqliteStore({ file })
  const { entries } = await reopened.list('/registry/configmaps/default/')
  const stored = new Set(entries.map((entry) => entry.key.split('/').at(-1)!))
  for (const name of acknowledged) assert.ok(stored.has(name), name)
})

test('shutdown(): first the server is not ready, then it takes nothing new, then it is idle', async (t) => {
  const clock = virtualClock()
  let release: (() => void) | undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const api = await httpsTestServer(t, {
    clock,
    stages: [
      (next) => async (call) => {
        if (call.request.name === 'held') await held
        return next(call)
      },
    ],
  })
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const ask = (path: string): Promise<Answer> => ask1(api.port, path, { cert, key })
  assert.equal((await ask('/readyz')).status, 200)
  const running = ask(`${PATH}/held`)
  let isIdle = false
  const ended = api.server.shutdown({ delayMs: 5000 }).then(() => (isIdle = true))

  const readyz = await ask('/readyz?verbose')
  assert.equal(readyz.status, 500)
  assert.match(readyz.body.toString(), /\[-\]shutdown failed: reason withheld\n/)
  assert.equal((await ask('/livez')).status, 200)
  assert.equal((await ask(PATH)).status, 200)

  await clock.advance(5000)
  const refused = await ask(PATH)
  assert.equal(refused.status, 503)
  assert.equal(refused.headers['retry-after'], '5')
  assert.equal(refused.headers.connection, 'close')
  assert.match(refused.body.toString(), /The apiserver is shutting down, please try again later\./)
  assert.equal((await ask('/livez')).status, 200)
  assert.equal(isIdle, false)
  release!()
  assert.equal((await running).status, 404)
  await ended
})
