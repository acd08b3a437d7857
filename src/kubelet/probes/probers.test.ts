import assert from 'node:assert/strict'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { describe, test } from 'node:test'
import { grpcFrame } from '../../grpc/grpc-frames.ts'
import { probers } from './probers.node.ts'

const HOST = '127.0.0.1'

/** A server on a free port of the loopback interface. */
async function listen(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  await using server = await listen(createServer((socket) => socket.resume()))
  return server.port
}

describe('probers().http()', () => {
  const get = async (listener: RequestListener, path = '/') => {
    await using server = await listen(createHttpServer(listener))
    const request = {
      scheme: 'http',
      host: HOST,
      path,
      timeoutMs: 120_000,
      port: server.port,
    } as const
    return await probers().http({
      ...request,
      headers: [
        ['X-A', '1'],
        ['X-A', '2'],
        ['Host', 'h'],
      ],
    })
  }

  test('gives status and body, and sends the headers', async () => {
    const answer = await get(({ headers, url }, response) => {
      response.statusCode = 503
      response.end(JSON.stringify([url, headers['x-a'], headers.host]))
    }, '/a?b=c')
    assert.deepEqual(answer, { status: 503, body: '["/a?b=c","1, 2","h"]' })
  })

  test('follows redirects to the same host, and takes others for an answer', async () => {
    const to = (location: string) =>
      get(({ url }, response) => {
        if (url === '/') response.writeHead(302, { location }).end()
        else response.end('there')
      })
    assert.deepEqual(await to('/next'), { status: 200, body: 'there' })
    assert.equal((await to('http://192.0.2.1/')).status, 302)
  })

  test("fails in Go's words", async () => {
    const port = await freePort()
    const request = { scheme: 'http', host: HOST, port, path: '/', headers: [] } as const
    await assert.rejects(probers().http({ ...request, timeoutMs: 120_000 }), {
      message: `Get "http://${HOST}:${port}/": dial tcp ${HOST}:${port}: connect: connection refused`,
    })
    // Nobody answers there at all, or in that time.
    await assert.rejects(
      probers().http({ ...request, host: '127.80.80.80', port: 80, timeoutMs: 1 }),
      /^Error: Get "http:\/\/127\.80\.80\.80:80\/": /,
    )
    await using server = await listen(createServer((socket) => socket.resume()))
    await assert.rejects(probers().http({ ...request, port: server.port, timeoutMs: 20 }), {
      message: `Get "http://${HOST}:${server.port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    })
  })
})

test('probers().tcp() connects, or says why not', async () => {
  await using server = await listen(createServer((socket) => socket.resume()))
  await probers().tcp(HOST, server.port, 120_000)
  const port = await freePort()
  await assert.rejects(probers().tcp(HOST, port, 120_000), {
    message: `dial tcp ${HOST}:${port}: connect: connection refused`,
  })
})

describe('probers().grpc()', () => {
  const ask = async (answer: (stream: ServerHttp2Stream) => void, timeoutMs = 120_000) => {
    const http2 = createHttp2Server()
    http2.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined)
      stream.resume()
      stream.on('end', () => answer(stream))
    })
    await using server = await listen(http2)
    return await probers().grpc(HOST, server.port, 'web', timeoutMs)
  }
  const serving = (status: number) => (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(grpcFrame(Uint8Array.of(8, status)))
  }
  const failing = (code: number, text: string) => (stream: ServerHttp2Stream) => {
    stream.respond(
      { ':status': 200, 'grpc-status': String(code), 'grpc-message': text },
      { endStream: true },
    )
  }

  test('gives what the server says', async () => {
    assert.deepEqual(await ask(serving(1)), { status: 'SERVING' })
    assert.deepEqual(await ask(serving(2)), { status: 'NOT_SERVING' })
  })

  test('tells failures apart', async () => {
    assert.deepEqual(await ask(failing(12, 'unknown%20service')), {
      error:
        'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service',
    })
    assert.deepEqual(await ask(failing(5, 'no such service')), {
      error: 'error: health rpc probe failed: rpc error: code = NotFound desc = no such service',
    })
    assert.deepEqual(await ask(() => undefined, 1000), {
      error: 'timeout: health rpc did not complete within 1s',
    })
    const health = await probers().grpc(HOST, await freePort(), '', 120_000)
    assert.match('error' in health ? health.error : '', /^timeout: failed to connect service/)
  })
})
