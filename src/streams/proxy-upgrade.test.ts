import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { PassThrough, type Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { eventually } from '../base/async-eventually.node.ts'
import { dialPortForward } from './dial-port-forward.node.ts'
import { dialRemoteCommand } from './dial-remote-command.node.ts'
import type { DialOptions, UpgradeTarget } from './dial-upgrade.node.ts'
import { proxyUpgrade } from './proxy-upgrade.node.ts'
import { exitCodeOf } from './status.ts'
import { serverIdentity } from './testing-identity.node.ts'
import {
  podServer,
  shoutingServer,
  testServer,
  type TestServer,
} from './testing-pod-server.node.ts'
import type { UpgradeRequest } from './upgrade.node.ts'

const RAW_UPGRADE =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\nX-Chosen: one\r\n\r\n'

test('proxyUpgrade() carries exec and port-forward to a node agent that speaks TLS', async () => {
  const identity = serverIdentity()
  await using shouting = await shoutingServer()
  await using agent = await podServer({ identity, ports: new Map([[80, shouting.port]]) })
  await using proxy = await testServer((upgrade) => {
    const url = new URL(upgrade.request.url!, agent.url)
    void proxyUpgrade(upgrade, { url, tls: { ca: identity.ca } })
  })
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  stdin.end(Buffer.alloc(1024 * 1024))
  const url = new URL(`${proxy.url}/exec?stdin=1&stdout=1&command=count`)
  const [status, output] = await Promise.all([
    dialRemoteCommand({ url }, { stdin, stdout, tty: false }),
    text(stdout),
  ])
  assert.equal(exitCodeOf(status), 0)
  assert.equal(output, '1048576 bytes\n')

  await using client = await dialPortForward({ url: new URL(`${proxy.url}/portforward`) })
  const { data } = await client.connect(80)
  data.end('hello')
  assert.equal(await text(data), 'HELLO')
})

test('bytes cross both ways, also those that come with the heads, and each direction ends by itself', async () => {
  await using upstream = await testServer(({ socket, head }) => {
    socket.write(`${RAW_UPGRADE}early from upstream;`)
    if (head.length > 0) socket.unshift(head)
    void text(iterate(socket)).then((received) => socket.end(`upstream got: ${received}`))
  })
  await using proxy = await proxyTo(() => ({ url: new URL(upstream.url) }))
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\nearly from client`,
  )
  const answer = await text(socket)
  assert.match(answer, /^HTTP\/1.1 101 Switching Protocols\r\n/)
  assert.match(answer, /\r\nX-Chosen: one\r\n/)
  assert.ok(answer.endsWith('\r\n\r\nearly from upstream;upstream got: early from client'), answer)
})

test('the upstream sees the request, but neither the credentials nor the connection of the client', async () => {
  const seen = Promise.withResolvers<IncomingMessage>()
  await using upstream = await testServer(({ request, socket }) => {
    seen.resolve(request)
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await using proxy = await proxyTo(() => ({
    url: new URL(`${upstream.url}/elsewhere?x=1`),
    headers: { 'X-Ours': 'yes' },
  }))
  await upgrade(proxy, {
    Authorization: 'Bearer secret',
    Cookie: 'secret',
    'Impersonate-User': 'root',
    'X-Remote-User': 'root',
    'X-Forwarded-For': '10.0.0.1',
    'X-Stream-Protocol-Version': ['v4.channel.k8s.io', 'v3.channel.k8s.io'],
    'Sec-WebSocket-Protocol': 'base64url.bearer.authorization.k8s.io.c2VjcmV0, v5.channel.k8s.io',
  })
  const { method, url, headers, headersDistinct } = await seen.promise
  assert.equal(`${method} ${url}`, 'POST /elsewhere?x=1')
  assert.doesNotMatch(JSON.stringify(headers), /secret|c2VjcmV0|root/)
  assert.deepEqual(headersDistinct['x-stream-protocol-version'], [
    'v4.channel.k8s.io',
    'v3.channel.k8s.io',
  ])
  assert.equal(headers['sec-websocket-protocol'], 'v5.channel.k8s.io')
  assert.equal(headers['x-forwarded-for'], '10.0.0.1, 127.0.0.1')
  assert.equal(headers['x-ours'], 'yes')
  assert.equal(headers.host, new URL(upstream.url).host)
})

test('an answer that does not upgrade goes to the client as it is', async () => {
  for (const body of [
    'Content-Length: 4\r\n\r\nnope',
    'Transfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n',
    '\r\nnope',
  ]) {
    await using upstream = await testServer(({ socket }) => {
      socket.end(
        `HTTP/1.1 404 Not Here\r\nContent-Type: text/x\r\nX-Multi: a\r\nX-Multi: b\r\n${body}`,
      )
    })
    await using proxy = await proxyTo(() => ({ url: new URL(upstream.url) }))
    const { response, body: received } = await upgrade(proxy)
    assert.equal(response.statusCode, 404)
    assert.equal(response.statusMessage, 'Not Here')
    assert.equal(response.headers['content-type'], 'text/x')
    assert.deepEqual(response.headersDistinct['x-multi'], ['a', 'b'])
    assert.equal(received, 'nope')
  }
})

test('a success or redirection in place of the upgrade is an error', async () => {
  await using upstream = await testServer(({ socket }) => {
    socket.end('HTTP/1.1 302 Found\r\nLocation: http://evil/\r\nContent-Length: 0\r\n\r\n')
  })
  await using proxy = await proxyTo(() => ({ url: new URL(upstream.url) }))
  assert.deepEqual(await refusal(proxy), [500, 'invalid upgrade response: status code 302'])
})

test('an upstream that is not there is an Internal Server Error in the form of a Status', async () => {
  const gone = await testServer(() => undefined)
  await gone[Symbol.asyncDispose]()
  await using proxy = await proxyTo(() => ({ url: new URL(gone.url) }))
  const refused = `error dialing backend: dial tcp 127.0.0.1:${gone.port}: connect: connection refused`
  assert.deepEqual(await refusal(proxy), [500, refused])
})

test('an upstream that hangs up, does not speak HTTP or is not trusted is an error', async () => {
  const identity = serverIdentity()
  await using silent = await testServer(({ socket }) => socket.destroy())
  await using babbling = await testServer(({ socket }) => socket.end('SSH-2.0\r\n'))
  await using stranger = await podServer({ identity })
  for (const upstream of [silent, babbling, stranger]) {
    await using proxy = await proxyTo(() => ({ url: new URL(upstream.url) }))
    const [code, message] = await refusal(proxy)
    assert.equal(code, 500)
    assert.match(message, /^error dialing backend: /)
  }
})

test('when the server stops, a request that waits is told so, and tunnels are cut', async () => {
  const stop = new AbortController()
  const waiting: Duplex[] = []
  await using upstream = await testServer(({ request, socket }) => {
    if (request.url === '/tunnel') socket.write(RAW_UPGRADE)
    waiting.push(ignoring(socket))
  })
  await using proxy = await proxyTo(
    ({ request }) => ({ url: new URL(request.url!, upstream.url) }),
    { signal: stop.signal },
  )
  const tunnel = await rawClient(proxy, '/tunnel')
  const pending = refusal(proxy)
  await eventually(() => waiting.length === 2)
  stop.abort(new Error('stopping'))
  assert.deepEqual(await pending, [503, 'apiserver is shutting down'])
  await eventually(
    () => tunnel.destroyed && waiting.every((socket) => socket.readableEnded || socket.destroyed),
  )
})

test('when one side breaks off, the other is closed', async () => {
  const accepted: Duplex[] = []
  await using upstream = await testServer(({ socket }) => {
    socket.write(RAW_UPGRADE)
    accepted.push(ignoring(socket))
  })
  await using proxy = await proxyTo(() => ({ url: new URL(upstream.url) }))
  const first = await rawClient(proxy, '/')
  first.resetAndDestroy()
  await eventually(() => accepted[0]!.destroyed)
  const second = await rawClient(proxy, '/')
  ;(accepted[1] as Socket).resetAndDestroy()
  await eventually(() => second.destroyed)
})

test('a client that leaves while the upstream still thinks makes the proxy leave, too', async () => {
  const accepted: Duplex[] = []
  await using upstream = await testServer(({ socket }) => {
    accepted.push(ignoring(socket))
  })
  await using proxy = await proxyTo(() => ({ url: new URL(upstream.url) }))
  const client = connect(proxy.port, '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n')
  await eventually(() => accepted.length === 1)
  client.resetAndDestroy()
  await eventually(() => accepted[0]!.destroyed)
})

test('a client that does not read holds the upstream back', async () => {
  const upstreams: Duplex[] = []
  await using upstream = await testServer(({ socket }) => {
    socket.on('error', () => undefined)
    socket.write(RAW_UPGRADE)
    upstreams.push(socket)
  })
  await using proxy = await proxyTo(() => ({ url: new URL(upstream.url) }))
  const client = await rawClient(proxy, '/')
  client.pause()
  const piece = Buffer.alloc(1024 * 1024)
  for (let i = 0; i < 64; i++) upstreams[0]!.write(piece)
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
  const waiting = upstreams[0]!.writableLength
  assert.ok(waiting > 16 * piece.length, `${waiting} bytes wait`)
  upstreams[0]!.end()
  let received = 0
  for await (const chunk of client) received += (chunk as Buffer).length
  assert.equal(received, 64 * piece.length)
})

function proxyTo(
  target: (upgrade: UpgradeRequest) => UpgradeTarget,
  options: DialOptions = {},
): Promise<TestServer> {
  return testServer((upgrade) => void proxyUpgrade(upgrade, target(upgrade), options))
}

interface Answer {
  readonly response: IncomingMessage
  readonly body: string
}

async function upgrade(
  proxy: TestServer,
  headers: Readonly<Record<string, string | string[]>> = {},
): Promise<Answer> {
  const request = httpRequest(proxy.url, {
    method: 'POST',
    agent: false,
    headers: { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', ...headers },
  })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { response, body: await text(response) }
}

/** The code and message of the Status that the client gets. */
async function refusal(proxy: TestServer): Promise<readonly [number, string]> {
  const { response, body } = await upgrade(proxy)
  const status = JSON.parse(body)
  assert.equal(response.headers['content-type'], 'application/json')
  assert.equal(response.statusCode, status.code)
  assert.equal(status.kind, 'Status')
  assert.equal(status.status, 'Failure')
  return [status.code, status.message]
}

async function rawClient(proxy: TestServer, path: string): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n`)
  await once(socket, 'data')
  return socket.resume()
}

/** Reading with `for await` would destroy the socket at its end, with the other direction. */
function iterate(socket: Duplex): AsyncIterable<Uint8Array> {
  return socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
}

/** An upstream that reads and says nothing, until the other end goes. */
function ignoring(socket: Duplex): Duplex {
  socket.on('end', () => socket.end())
  return socket.on('error', () => undefined).resume()
}
