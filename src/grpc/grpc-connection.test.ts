import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import {
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { grpcConnection } from './grpc-connection.node.ts'
import { frameParser, grpcFrame } from './grpc-frames.ts'
import { int64, string } from './proto-fields.ts'
import { message } from './proto3.ts'

class Ask extends message({ text: string(1), times: int64(2) }) {}
class Answer extends message({ text: string(1) }) {}
const method = (name: string) => ({ path: `/test.Service/${name}`, request: Ask, response: Answer })
const QUICK = { timeoutMs: 120_000 }

interface TestServer extends AsyncDisposable {
  readonly socket: string
  /** The deadline that each call told, in its order. */
  readonly timeouts: string[]
  listen(): Promise<void>
  /** Breaks every connection and stops listening. */
  stop(): Promise<void>
}

/** A gRPC server whose method Echo repeats a text, and whose others answer in wrong ways. */
async function testServer(): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-grpc-'))
  const socket = join(directory, 's')
  const timeouts: string[] = []
  const sessions = new Set<ServerHttp2Session>()
  let server: Http2Server
  const stop = async (): Promise<void> => {
    for (const session of sessions) session.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }
  return {
    socket,
    timeouts,
    async listen() {
      server = createServer()
      server.on('session', (session) => {
        sessions.add(session)
        session.once('close', () => sessions.delete(session))
      })
      server.on('stream', (stream, headers) => {
        timeouts.push(String(headers['grpc-timeout']))
        serve(stream as ServerHttp2Stream, String(headers[':path'])) // The types leave out which side it is on.
      })
      server.listen(socket)
      await once(server, 'listening')
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await rm(directory, { recursive: true })
    },
  }
}

function serve(stream: ServerHttp2Stream, path: string): void {
  const parser = frameParser(1000)
  stream.on('error', () => undefined)
  stream.on('data', (chunk: Buffer) => {
    for (const bytes of parser.push(chunk)) reply(stream, path, Ask.decode(bytes))
  })
}

function reply(stream: ServerHttp2Stream, path: string, { text, times }: Ask): void {
  if (path.endsWith('/Silent')) return
  if (path.endsWith('/Fail')) {
    // Only headers, as servers answer that have nothing to say.
    const status = { 'grpc-status': '5', 'grpc-message': encodeURIComponent(text) }
    return stream.respond({ ':status': 200, ...status }, { endStream: true })
  }
  if (path.endsWith('/NotGrpc')) return stream.respond({ ':status': 404 }, { endStream: true })
  if (path.endsWith('/Break')) return stream.session?.destroy()
  stream.respond({ ':status': 200 }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  for (let time = 0; time < times; time += 1) stream.write(grpcFrame(Answer.encode({ text })))
  stream.end()
}

test('unary() gives the answer and tells the server the deadline', async () => {
  await using server = await testServer()
  await server.listen()
  using connection = grpcConnection(`unix://${server.socket}`)
  const long = 'long '.repeat(150)
  assert.deepEqual(
    await connection.unary(method('Echo'), { text: long, times: 1 }, { timeoutMs: 1500 }),
    { text: long },
  )
  await connection.unary(method('Echo'), { times: 1 }, { timeoutMs: 100_000_000 })
  assert.deepEqual(server.timeouts, ['1500m', '100000S'])
})

test('unary() rejects with the code and the words of the server', async () => {
  await using server = await testServer()
  await server.listen()
  using connection = grpcConnection(server.socket)
  await assert.rejects(connection.unary(method('Fail'), { text: 'no “x” here' }, QUICK), {
    name: 'GrpcError',
    code: 'NotFound',
    method: 'Fail',
    message: 'rpc error: code = NotFound desc = no “x” here',
  })
  await assert.rejects(connection.unary(method('NotGrpc'), {}, QUICK), { code: 'Unknown' })
  await assert.rejects(connection.unary(method('Echo'), { times: 0 }, QUICK), { code: 'Internal' })
})

test('unary() ends at its deadline and when aborted', async () => {
  await using server = await testServer()
  await server.listen()
  using connection = grpcConnection(server.socket)
  await assert.rejects(connection.unary(method('Silent'), {}, { timeoutMs: 20 }), {
    code: 'DeadlineExceeded',
  })
  const abort = new AbortController()
  const waiting = connection.unary(method('Silent'), {}, { ...QUICK, signal: abort.signal })
  abort.abort(new Error('enough'))
  await assert.rejects(waiting, { message: 'enough' })
  await assert.rejects(connection.unary(method('Echo'), {}, { ...QUICK, signal: abort.signal }), {
    message: 'enough',
  })
})

test('unary() fails without a server, or waits for it, and connects again', async () => {
  await using server = await testServer()
  using connection = grpcConnection(server.socket)
  const echo = (waitForReady: boolean) =>
    connection.unary(method('Echo'), { text: 'here', times: 1 }, { ...QUICK, waitForReady })
  for (let round = 1; round <= 2; round += 1) {
    await assert.rejects(echo(false), { code: 'Unavailable' })
    const waiting = echo(true)
    await server.listen()
    assert.deepEqual(await waiting, { text: 'here' })
    await assert.rejects(connection.unary(method('Break'), {}, QUICK), { code: 'Unavailable' })
    assert.deepEqual(await echo(true), { text: 'here' })
    await server.stop()
  }
})

test('unary() fails at once when its connection is closed', async () => {
  await using server = await testServer()
  await server.listen()
  const connection = grpcConnection(server.socket)
  const waiting = connection.unary(method('Silent'), {}, QUICK)
  await connection.unary(method('Echo'), { times: 1 }, QUICK)
  connection[Symbol.dispose]()
  await assert.rejects(waiting, { code: 'Unavailable' })
  await assert.rejects(connection.unary(method('Echo'), { times: 1 }, QUICK), {
    code: 'Unavailable',
  })
})

test('a connection may be closed while it is being made', async () => {
  await using server = await testServer()
  await server.listen()
  for (let turns = 0; turns < 10; turns += 1) {
    const connection = grpcConnection(server.socket)
    const waiting = connection.unary(method('Silent'), {}, QUICK)
    for (let turn = 0; turn < turns; turn += 1) await setImmediate()
    connection[Symbol.dispose]()
    await assert.rejects(waiting, { code: 'Unavailable' })
  }
})

test('stream() gives one answer after the other, and ends as the server or the reader likes', async () => {
  await using server = await testServer()
  await server.listen()
  using connection = grpcConnection(server.socket)
  const { signal } = new AbortController()
  const stream = () =>
    connection.stream(method('Echo'), { text: 'x'.repeat(500), times: 1000 }, { signal })
  assert.equal((await Array.fromAsync(stream())).length, 1000)
  for await (const { text } of stream()) {
    assert.equal(text.length, 500)
    break
  }
  await assert.rejects(
    Array.fromAsync(connection.stream(method('Fail'), { text: 'gone' }, { signal })),
    { code: 'NotFound' },
  )
})

test('stream() ends with the reason of its signal', async () => {
  await using server = await testServer()
  await server.listen()
  using connection = grpcConnection(server.socket)
  const abort = new AbortController()
  const reading = Array.fromAsync(connection.stream(method('Silent'), {}, abort))
  await connection.unary(method('Echo'), { times: 1 }, QUICK)
  abort.abort(new Error('enough'))
  await assert.rejects(reading, { message: 'enough' })
})
