import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { GrpcError } from './errors.ts'
import { grpcConnection } from './grpc-connection.node.ts'
import { type GrpcServer, serveGrpc, streamMethod, unaryMethod } from './grpc-server.node.ts'
import { int64, string } from './proto-fields.ts'
import { message } from './proto3.ts'

class Ask extends message({ text: string(1), times: int64(2) }) {}
class Answer extends message({ text: string(1) }) {}
const method = (name: string) => ({ path: `/test.Service/${name}`, request: Ask, response: Answer })
const QUICK = { timeoutMs: 120_000 }

interface TestServer extends AsyncDisposable {
  readonly server: GrpcServer
  /** Resolves when a client of Silent is gone. */
  readonly gone: Promise<void>
}

async function testServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-grpc-'))
  const gone = Promise.withResolvers<void>()
  const server = await serveGrpc(join(folder, 's'), [
    unaryMethod(method('Echo'), ({ text }) => ({ text })),
    unaryMethod(method('Refuse'), ({ text }) => {
      throw new GrpcError('Refuse', 'NotFound', text)
    }),
    unaryMethod(method('Fail'), () => Promise.reject(new Error('broken'))),
    streamMethod(method('Repeat'), async function* ({ text, times }) {
      for (let time = 0; time < times; time++) yield { text: `${text} ${time}` }
    }),
    streamMethod(method('Silent'), async function* (_, signal) {
      yield { text: 'begun' }
      await once(signal, 'abort')
      gone.resolve()
    }),
  ])
  return {
    server,
    gone: gone.promise,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

test('serveGrpc() answers with results and with errors', async () => {
  await using served = await testServer()
  using connection = grpcConnection(served.server.endpoint)
  const long = 'x'.repeat(3_000_000)
  assert.deepEqual(await connection.unary(method('Echo'), { text: long }, QUICK), { text: long })
  await assert.rejects(connection.unary(method('Refuse'), { text: 'no “x” here' }, QUICK), {
    code: 'NotFound',
    details: 'no “x” here',
  })
  await assert.rejects(connection.unary(method('Fail'), {}, QUICK), {
    code: 'Unknown',
    details: 'broken',
  })
  await assert.rejects(connection.unary(method('Other'), {}, QUICK), {
    code: 'Unimplemented',
    details: 'unknown method /test.Service/Other',
  })
})

test('serveGrpc() streams, and notices that a client is gone', async () => {
  await using served = await testServer()
  using connection = grpcConnection(served.server.endpoint)
  const { signal } = new AbortController()
  const repeated = await Array.fromAsync(
    connection.stream(method('Repeat'), { text: 'x', times: 500 }, { signal }),
  )
  assert.equal(repeated.length, 500)
  assert.equal(repeated.at(-1)?.text, 'x 499')
  for await (const { text } of connection.stream(method('Silent'), {}, { signal })) {
    assert.equal(text, 'begun')
    break
  }
  await served.gone
})
