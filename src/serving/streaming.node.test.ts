import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { ClientHttp2Session } from 'node:http2'
import type { Readable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { HttpExchange, ResponseStream } from './exchange.ts'
import { respondGzipped } from './gzip.node.ts'
import { ask1, ask2, connect2, testServer } from './testing.node.ts'
import type { TlsServer } from './tls-server.node.ts'

const PLAIN = { 'content-type': 'text/plain' }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Opens a request and gives its response as a stream, once the head has come. */
type Open = (path: string) => Promise<Readable>

const PROTOCOLS: Readonly<Record<string, (t: TestContext, server: TlsServer) => Promise<Open>>> = {
  'HTTP/1.1': (_t, server) => Promise.resolve((path) => open1(server.port, path)),
  'HTTP/2.0': async (t, server) => {
    const session = await connect2(t, server.port)
    return (path) => open2(session, path)
  },
}

async function open1(port: number, path: string): Promise<Readable> {
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 60_000 })
  const outgoing = request({ host: '127.0.0.1', port, path, agent, rejectUnauthorized: false })
  outgoing.on('error', () => undefined)
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return response
}

async function open2(session: ClientHttp2Session, path: string): Promise<Readable> {
  const stream = session.request({ ':path': path })
  stream.on('error', () => undefined)
  await once(stream, 'response')
  return stream
}

function outcomeOf(response: Readable): Promise<'end' | 'error'> {
  return new Promise((resolve) => {
    response.once('error', () => resolve('error')).once('end', () => resolve('end'))
    response.resume()
  })
}

interface Watching {
  readonly exchange: HttpExchange
  readonly stream: ResponseStream
}

/** A server whose requests for /watch are answered by the test, bit by bit. */
async function watchServer(
  t: TestContext,
): Promise<{ readonly server: TlsServer; readonly next: () => Promise<Watching> }> {
  const waiting = Promise.withResolvers<Watching>()
  const { server } = await testServer(t, (exchange) => {
    if (exchange.path !== '/watch') return exchange.respond(200, PLAIN, bytes('ok'))
    waiting.resolve({ exchange, stream: exchange.startStream(200, PLAIN) })
  })
  return { server, next: () => waiting.promise }
}

for (const [protocol, connectTo] of Object.entries(PROTOCOLS)) {
  test(`startStream() sends the head at once and each piece as it comes (${protocol})`, async (t) => {
    const { server, next } = await watchServer(t)
    const response = await (await connectTo(t, server))('/watch')
    const { stream } = await next()
    for (const piece of ['first', 'second']) {
      stream.write(bytes(piece))
      const [chunk] = (await once(response, 'data')) as [Buffer]
      assert.equal(chunk.toString(), piece)
    }
    const rest = textOf(response)
    stream.write(bytes('a'))
    stream.write(bytes('b'))
    stream.end()
    assert.equal(await rest, 'ab')
    assert.equal(stream.write(bytes('late')), false)
  })

  test(`write() sends blocks of all sizes whole, each as often as it is asked to (${protocol})`, async (t) => {
    const sizes = [0, 1, 15, 16, 16 * 1024, 16 * 1024 + 1, 300_000]
    const blocks = sizes.map((size, i) => new Uint8Array(size).fill(97 + i))
    const { server } = await testServer(t, (exchange) => {
      const stream = exchange.startStream(200, PLAIN)
      for (const block of blocks) stream.write(block)
      stream.end()
    })
    const open = await connectTo(t, server)
    const wanted = Buffer.concat(blocks).toString()
    for (let i = 0; i < 3; i++) assert.equal(await textOf(await open('/')), wanted)
  })

  test(`write() asks to wait while the client does not read (${protocol})`, async (t) => {
    const { server, next } = await watchServer(t)
    const response = await (await connectTo(t, server))('/watch')
    const { stream } = await next()
    const piece = new Uint8Array(1 << 20)
    let written = 1
    while (stream.write(piece)) written++
    assert.ok(stream.bufferedBytes > 0)
    let read = 0
    response.on('data', (chunk: Buffer) => (read += chunk.length))
    await stream.drained()
    stream.end()
    await once(response, 'end')
    assert.equal(read, written * piece.length)
  })

  test(`signal aborts when the client goes away, and whoever waits goes on (${protocol})`, async (t) => {
    const { server, next } = await watchServer(t)
    const response = await (await connectTo(t, server))('/watch')
    const { exchange, stream } = await next()
    while (stream.write(new Uint8Array(1 << 20)));
    const drained = stream.drained()
    const aborted = once(exchange.signal, 'abort')
    response.destroy()
    await aborted
    await drained
    assert.equal((exchange.signal.reason as Error).name, 'ClientGoneError')
    assert.equal(stream.write(bytes('late')), false)
  })

  test(`signal stays silent when the response was sent (${protocol})`, async (t) => {
    let seen: AbortSignal | undefined
    const { server } = await testServer(t, (exchange) => {
      seen = exchange.signal
      exchange.respond(200, PLAIN, bytes('ok'))
    })
    assert.equal(await textOf(await (await connectTo(t, server))('/')), 'ok')
    await server.close(0)
    assert.equal(seen?.aborted, false)
  })

  for (const path of ['abort', 'destroy'])
    test(`${path}() shows the client that something is missing (${protocol})`, async (t) => {
      const { server, next } = await watchServer(t)
      const response = await (await connectTo(t, server))('/watch')
      const { exchange, stream } = await next()
      stream.write(bytes('half'))
      await once(response, 'data')
      const outcome = outcomeOf(response)
      if (path === 'abort') exchange.abort()
      else stream.destroy()
      assert.equal(await outcome, 'error')
    })

  test(`close() lets requests finish and takes no new ones (${protocol})`, async (t) => {
    const { server, next } = await watchServer(t)
    const open = await connectTo(t, server)
    const response = await open('/watch')
    const { stream } = await next()
    const closed = server.close(60_000)
    await assert.rejects(ask1(server.port, '/'))
    stream.write(bytes('the end'))
    stream.end()
    assert.equal(await textOf(response), 'the end')
    await closed
  })

  test(`close() breaks off what outlasts the grace period (${protocol})`, async (t) => {
    const { server, next } = await watchServer(t)
    const response = await (await connectTo(t, server))('/watch')
    const { exchange } = await next()
    const aborted = once(exchange.signal, 'abort')
    const outcome = outcomeOf(response)
    await server.close(1)
    await aborted
    assert.equal(await outcome, 'error')
  })
}

async function rawAnswers(t: TestContext, requests: string): Promise<string> {
  const { server } = await testServer(t, (exchange) => {
    const stream = exchange.startStream(200, PLAIN)
    stream.write(bytes('all'))
    stream.end()
  })
  const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false })
  socket.write(requests)
  return textOf(socket)
}

test('startStream() sends clients of HTTP/1.0 no chunks', async (t) => {
  assert.match(
    await rawAnswers(t, 'GET / HTTP/1.0\r\n\r\n'),
    /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nall$/,
  )
})

test('startStream() leaves a connection of HTTP/1.1 fit for the next request', async (t) => {
  const get = 'GET / HTTP/1.1\r\nhost: a\r\n'
  const answers = await rawAnswers(t, `${get}\r\n${get}connection: close\r\n\r\n`)
  assert.equal(answers.split('\r\n\r\n3\r\nall\r\n0\r\n\r\n').length, 3)
})

test('close() ends idle connections, used or not', async (t) => {
  const { server } = await testServer(t, (exchange) => exchange.respond(200, PLAIN, bytes('ok')))
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  await ask1(server.port, '/', { agent })
  const used = await connect2(t, server.port)
  await ask2(used, '/')
  const unused = await connect2(t, server.port)
  const gone = [once(used, 'goaway'), once(unused, 'close')]
  await server.close(60_000)
  await Promise.all(gone)
})

test('close() tells HTTP/1.1 clients to go elsewhere', async (t) => {
  const waiting = Promise.withResolvers<HttpExchange>()
  const { server } = await testServer(t, (exchange) => waiting.resolve(exchange))
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const answer = ask1(server.port, '/', { agent })
  const exchange = await waiting.promise
  const closed = server.close(60_000)
  exchange.respond(200, PLAIN, bytes('bye'))
  assert.equal((await answer).headers.connection, 'close')
  await closed
})

test('respondGzipped() compresses long bodies for clients that take it', async (t) => {
  const long = bytes('x'.repeat(128 * 1024 + 1))
  const { server } = await testServer(t, (exchange) =>
    respondGzipped(exchange, 200, PLAIN, exchange.path === '/long' ? [long] : [long.subarray(1)]),
  )
  const ask = async (path: string, accept: string): Promise<readonly unknown[]> => {
    const { headers, body } = await ask1(server.port, path, {
      headers: { 'accept-encoding': accept },
    })
    const isGzip = headers['content-encoding'] === 'gzip'
    return [isGzip, headers.vary, (isGzip ? gunzipSync(body) : body).length]
  }
  assert.deepEqual(await ask('/long', 'deflate, gzip'), [true, 'Accept-Encoding', long.length])
  assert.deepEqual(await ask('/long', 'gzip;q=0'), [false, undefined, long.length])
  assert.deepEqual(await ask('/short', 'gzip'), [false, undefined, long.length - 1])
})
