import { strict as assert } from 'node:assert'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { isExpired, isNotFound, isServiceUnavailable } from '../apimachinery/status-predicates.ts'
import { notFound, resourceExpired } from '../apimachinery/status-error.ts'
import { eventually } from '../base/async-eventually.node.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import type { Credentials } from './credentials.node.ts'
import { httpsTransport } from './https-transport.node.ts'
import type { ApiRequest } from './request.ts'

const pods = { group: '', version: 'v1', resource: 'pods', namespace: 'a' } as const
const get: ApiRequest = { verb: 'get', ...pods, name: 'p' }

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handle)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

test('call() sends method, path, body and credentials, and gives the object back', async () => {
  const seen: unknown[] = []
  await using server = await serve((request, response) => {
    void (async () => {
      const body = await new Response(request as never).text()
      const { authorization, 'content-type': type } = request.headers
      seen.push([request.method, request.url, authorization, type, body])
      send(response, 201, { kind: 'Pod' })
    })()
  })
  const credentials: Credentials = { type: 'token', token: 'T' }
  using transport = httpsTransport({ server: server.url, credentials })
  const object = await transport.call({ verb: 'create', ...pods, body: { big: 2n ** 60n } })
  assert.deepEqual(object, { kind: 'Pod' })
  const body = '{"big":1152921504606846976}'
  assert.deepEqual(seen, [
    ['POST', '/base/api/v1/namespaces/a/pods', 'Bearer T', 'application/json', body],
  ])
})

test('call() throws the Status that the server sent, and makes one of what a proxy sends', async () => {
  await using server = await serve((request, response) => {
    if (request.url?.endsWith('/p')) {
      const { status } = notFound({ group: '', resource: 'pods' }, 'p')
      send(response, 404, status)
    } else response.writeHead(503).end('<html>')
  })
  using transport = httpsTransport({ server: server.url })
  await assert.rejects(transport.call(get), (error) => {
    assert.equal((error as Error).message, 'pods "p" not found')
    return isNotFound(error)
  })
  await assert.rejects(transport.call({ ...get, name: 'q' }), isServiceUnavailable)
})

test('call() waits as long as the server asks, and tries again', async () => {
  let calls = 0
  await using server = await serve((_, response) => {
    calls += 1
    if (calls > 1) return send(response, 200, {})
    response.setHeader('retry-after', '7')
    send(response, 429, {})
  })
  const clock = virtualClock()
  using transport = httpsTransport({ server: server.url, clock })
  const call = transport.call(get)
  // The wait begins when the answer has come, which is not the clock's to say.
  await eventually(() => clock.msUntilNext() === 7000)
  await clock.advance(7000)
  await call
  assert.equal(calls, 2)
})

test('call() ends when its signal aborts', async () => {
  await using server = await serve(() => undefined)
  using transport = httpsTransport({ server: server.url })
  const abort = new AbortController()
  const call = transport.call(get, { signal: abort.signal })
  setImmediate(() => abort.abort(new Error('enough')))
  await assert.rejects(call, /enough/)
})

test('call() says which server cannot be reached', async () => {
  using transport = httpsTransport({ server: 'https://127.0.0.1:1' })
  await assert.rejects(
    transport.call(get),
    /Cannot reach API server at https:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
  )
})

test('watch() gives each event as it comes, and throws the error that ends it', async () => {
  const { status } = resourceExpired('too old resource version')
  await using server = await serve((request, response) => {
    assert.equal(request.url, '/base/api/v1/namespaces/a/pods?watch=true&resourceVersion=5')
    response.writeHead(200)
    const line = `${JSON.stringify({ type: 'ADDED', object: { name: 'ä' } })}\n`
    const bytes = Buffer.from(line.repeat(2))
    response.write(bytes.subarray(0, bytes.length - 5))
    setImmediate(() => {
      response.write(bytes.subarray(bytes.length - 5))
      response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)
    })
  })
  using transport = httpsTransport({ server: server.url })
  const seen: unknown[] = []
  await assert.rejects(async () => {
    const options = { resourceVersion: '5' }
    for await (const event of transport.watch({ verb: 'watch', ...pods, options })) seen.push(event)
  }, isExpired)
  const added = { type: 'ADDED', object: { name: 'ä' } }
  assert.deepEqual(seen, [added, added])
})

test('watch() ends quietly when the server goes away, and closes its connection when left', async () => {
  const closed = Promise.withResolvers<void>()
  await using server = await serve((request, response) => {
    response.writeHead(200)
    response.write(`${JSON.stringify({ type: 'ADDED', object: {} })}\n`)
    if (request.url?.includes('resourceVersion')) setImmediate(() => response.destroy())
    else response.on('close', closed.resolve)
  })
  using transport = httpsTransport({ server: server.url })
  const options = { resourceVersion: '5' }
  const events = await Array.fromAsync(transport.watch({ verb: 'watch', ...pods, options }))
  assert.equal(events.length, 1)
  for await (const _ of transport.watch({ verb: 'watch', ...pods })) break
  await closed.promise
})

test('credentials are asked for anew, and a changed token is used at once', async () => {
  const seen: (string | undefined)[] = []
  await using server = await serve((request, response) => {
    seen.push(request.headers.authorization)
    send(response, 200, {})
  })
  let credentials: Credentials = { type: 'token', token: 'old' }
  using transport = httpsTransport({ server: server.url, credentials: () => credentials })
  await transport.call(get)
  credentials = { type: 'basic', username: 'u', password: 'p' }
  await transport.call(get)
  assert.deepEqual(seen, ['Bearer old', `Basic ${btoa('u:p')}`])
})
