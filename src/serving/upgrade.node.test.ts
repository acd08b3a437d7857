import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { Duplex } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { HttpHandler } from './exchange.ts'
import { testServer } from './testing.node.ts'
import { takeOverConnection } from './upgrade.node.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function upgrade(
  t: TestContext,
  handler: HttpHandler,
  protocol: string,
): Promise<{ readonly response: IncomingMessage; readonly socket: Duplex | undefined }> {
  const { server } = await testServer(t, handler)
  const headers = { connection: 'Upgrade', upgrade: protocol }
  const agent = new Agent()
  const outgoing = request({
    host: '127.0.0.1',
    port: server.port,
    path: '/exec',
    method: 'POST',
    headers,
    agent,
    rejectUnauthorized: false,
  })
  const answered = Promise.withResolvers<{
    response: IncomingMessage
    socket: Duplex | undefined
  }>()
  outgoing.on('upgrade', (response, socket) => answered.resolve({ response, socket }))
  outgoing.on('response', (response) => answered.resolve({ response, socket: undefined }))
  outgoing.end()
  return answered.promise
}

test('takeOverConnection() gives the socket of a request for an upgrade', async (t) => {
  const { response, socket } = await upgrade(
    t,
    (exchange) => {
      assert.deepEqual(exchange.upgrade?.protocols, ['spdy/3.1'])
      const connection = takeOverConnection(exchange)
      assert.ok(connection && exchange.responded)
      connection.socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
      )
      connection.socket.pipe(connection.socket)
    },
    'SPDY/3.1',
  )
  assert.equal(response.statusCode, 101)
  assert.ok(socket)
  socket.write('echo')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  assert.equal(chunk.toString(), 'echo')
  socket.end()
  await once(socket, 'close')
})

test('respond() refuses an upgrade and closes the connection', async (t) => {
  const { response, socket } = await upgrade(
    t,
    (exchange) => exchange.respond(403, { 'content-type': 'text/plain' }, bytes('no')),
    'websocket',
  )
  assert.equal(socket, undefined)
  assert.equal(response.statusCode, 403)
  assert.equal(response.headers.connection, 'close')
  response.resume()
  await once(response, 'end')
})

test('a request for another protocol is a request as any other', async (t) => {
  const { response } = await upgrade(
    t,
    (exchange) => {
      assert.equal(exchange.upgrade, undefined)
      assert.equal(takeOverConnection(exchange), undefined)
      exchange.respond(200, {})
    },
    'h2c',
  )
  assert.equal(response.statusCode, 200)
  response.resume()
})

test('a client that sends the head of its request too slowly is cut off', async (t) => {
  const { server } = await testServer(t, () => undefined, { headersTimeoutMs: 20 })
  const socket = connectTls({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  assert.match(chunk.toString(), /^HTTP\/1\.1 408 /)
  await once(socket, 'close')
})

test('what is not HTTP is answered with 400', async (t) => {
  const { server } = await testServer(t, () => undefined)
  const socket = connectTls({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.write('hello\r\n\r\n')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  assert.match(chunk.toString(), /^HTTP\/1\.1 400 /)
  await once(socket, 'close')
})

test('body() waits no longer for a client that is gone', async (t) => {
  const outcome = Promise.withResolvers<unknown>()
  const { server } = await testServer(t, (exchange) =>
    exchange.body(100).then(outcome.resolve, outcome.resolve),
  )
  const socket = connectTls({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
  socket.end()
  assert.equal(((await outcome.promise) as Error).name, 'ClientGoneError')
})
