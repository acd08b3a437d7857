import assert from 'node:assert/strict'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { WebSocket, type ClientOptions } from 'ws'
import { eventually } from '../base/async-eventually.node.ts'
import { acceptPortForward } from './accept-port-forward.node.ts'
import { dialPortForward, forwardThrough } from './dial-port-forward.node.ts'
import { dialSpdy } from './dial-upgrade.node.ts'
import { podServer, shoutingServer, testServer } from './testing-pod-server.node.ts'

test('connect() reaches a port of the pod, with half-close', async () => {
  await using shouting = await shoutingServer()
  await using pod = await podServer({ ports: new Map([[80, shouting.port]]) })
  await using client = await dialPortForward({ url: new URL(`${pod.url}/portforward`) })
  for (const word of ['one', 'two']) {
    const { data, error } = await client.connect(80)
    data.end(word)
    assert.equal(await text(data), word.toUpperCase())
    assert.equal(await error, '')
  }
})

test('many connections at once do not mix', async () => {
  await using shouting = await shoutingServer()
  await using pod = await podServer({ ports: new Map([[80, shouting.port]]) })
  await using client = await dialPortForward({ url: new URL(`${pod.url}/portforward`) })
  const words = Array.from({ length: 20 }, (_, i) => `connection ${i} `.repeat(10_000))
  const answers = await Promise.all(
    words.map(async (word) => {
      const { data } = await client.connect(80)
      data.end(word)
      return text(data)
    }),
  )
  assert.deepEqual(
    answers,
    words.map((word) => word.toUpperCase()),
  )
})

test('a port that refuses says so, and the other connections go on', async () => {
  await using shouting = await shoutingServer()
  await using pod = await podServer({ ports: new Map([[80, shouting.port]]) })
  await using client = await dialPortForward({ url: new URL(`${pod.url}/portforward`) })
  const refused = await client.connect(81)
  assert.equal(await refused.error, 'error forwarding port 81 to pod p, uid : connection refused')
  const { data } = await client.connect(80)
  data.end('still here')
  assert.equal(await text(data), 'STILL HERE')
})

test('forwardThrough() carries connections and errors on over a second port-forward', async () => {
  await using shouting = await shoutingServer()
  await using pod = await podServer({ ports: new Map([[80, shouting.port]]) })
  await using inner = await dialPortForward({ url: new URL(`${pod.url}/portforward`) })
  await using agent = await testServer((upgrade) =>
    acceptPortForward(upgrade, forwardThrough(inner)),
  )
  await using outer = await dialPortForward({ url: new URL(agent.url) })
  const { data, error } = await outer.connect(80)
  data.end('through both')
  assert.equal(await text(data), 'THROUGH BOTH')
  assert.equal(await error, '')
  const refused = await outer.connect(81)
  assert.equal(await refused.error, 'error forwarding port 81 to pod p, uid : connection refused')
})

test('a connection that its client gives up is closed at the pod', async () => {
  await using shouting = await shoutingServer()
  await using pod = await podServer({ ports: new Map([[80, shouting.port]]) })
  await using client = await dialPortForward({ url: new URL(`${pod.url}/portforward`) })
  const { data } = await client.connect(80)
  data.write('never mind')
  await eventually(() => shouting.sockets.size === 1)
  data.destroy()
  await eventually(() => shouting.sockets.size === 0)
})

test('a client that breaks off takes its connections with it', async () => {
  await using shouting = await shoutingServer()
  await using pod = await podServer({ ports: new Map([[80, shouting.port]]) })
  await using client = await dialPortForward({ url: new URL(`${pod.url}/portforward`) })
  await client.connect(80)
  await client.connect(80)
  await eventually(() => shouting.sockets.size === 2)
  for (const socket of pod.sockets) socket.destroy()
  await eventually(() => shouting.sockets.size === 0)
  await eventually(() => client.signal.aborted)
})

test('streams without a proper port or type are refused', async () => {
  await using pod = await podServer()
  const { connection } = await dialSpdy({ url: new URL(`${pod.url}/portforward`) }, [
    'portforward.k8s.io',
  ])
  for (const headers of [
    {},
    { port: '80' },
    { port: '0', streamtype: 'data' },
    { port: '80', streamtype: 'stdin' },
  ]) {
    await assert.rejects(connection.open(new Map(Object.entries(headers))), /Stream reset/)
  }
  await connection.close()
})

test('clients without request ids are understood by the order of their streams', async () => {
  await using shouting = await shoutingServer()
  await using pod = await podServer({ ports: new Map([[80, shouting.port]]) })
  const { connection } = await dialSpdy({ url: new URL(`${pod.url}/portforward`) }, [
    'portforward.k8s.io',
  ])
  await connection.open(new Map(Object.entries({ port: '80', streamtype: 'error' })))
  const { duplex } = await connection.open(
    new Map(Object.entries({ port: '80', streamtype: 'data' })),
  )
  duplex.end('old')
  assert.equal(await text(duplex), 'OLD')
  await connection.close()
})

test('plain WebSocket channels: ports first, then data and errors of each', async () => {
  await using shouting = await shoutingServer()
  await using pod = await podServer({ ports: new Map([[80, shouting.port]]) })
  const { ws, messages } = webSocket(pod.url, '/portforward?ports=80&ports=81', 'v4.channel.k8s.io')
  await once(ws, 'open')
  assert.equal(ws.protocol, 'v4.channel.k8s.io')
  const refusal = Buffer.from('error forwarding port 81 to pod p, uid : connection refused').toHex()
  await eventually(() => messages.length === 5)
  assert.deepEqual(
    messages.map((message) => message.toHex()),
    ['005000', '015000', '025100', '035100', `03${refusal}`],
  )
  ws.send(Buffer.from('\0there is no half-close here'))
  await eventually(() => shouting.sockets.size === 1)
  ws.close()
  await once(ws, 'close')
  await eventually(() => shouting.sockets.size === 0)
})

test('base64 WebSocket channels carry the same', async () => {
  await using pod = await podServer()
  const { ws, messages } = webSocket(pod.url, '/portforward?port=258', 'v4.base64.channel.k8s.io')
  const [code] = (await once(ws, 'close')) as [number]
  assert.equal(code, 1000)
  assert.deepEqual(messages.slice(0, 2).map(String), ['0AgE=', '1AgE='])
  assert.equal(
    Buffer.from(String(messages[2]).slice(1), 'base64').toString().slice(0, 26),
    'error forwarding port 258 ',
  )
})

for (const [query, code, message] of [
  ['', 400, 'query parameter "port" is required\n'],
  ['?port=', 400, 'query parameter "port" cannot be empty\n'],
  ['?port=http', 400, 'unable to parse "http" as a port\n'],
  ['?port=80,0', 400, 'port "0" must be > 0\n'],
] as const) {
  test(`plain WebSocket channels need proper ports: ${query || 'none'}`, async () => {
    await using pod = await podServer()
    const { ws } = webSocket(pod.url, `/portforward${query}`, 'v4.channel.k8s.io')
    assert.deepEqual(await refusal(ws), { code, body: message })
  })
}

test('a WebSocket without a known subprotocol is refused', async () => {
  await using pod = await podServer()
  const { ws } = webSocket(pod.url, '/portforward?port=80', 'v9.channel.k8s.io')
  const { code, body } = await refusal(ws)
  assert.equal(code, 403)
  assert.match(
    body,
    /^requested protocol\(s\) are not supported: \[v9.channel.k8s.io\]; supports \[SPDY/,
  )
})

test('a WebSocket handshake without a key is refused', async () => {
  await using pod = await podServer()
  const { ws } = webSocket(pod.url, '/portforward?port=80', 'v4.channel.k8s.io', {
    finishRequest(request) {
      request.removeHeader('sec-websocket-key')
      request.end()
    },
  })
  const { code, body } = await refusal(ws)
  assert.equal(code, 400)
  assert.match(body, /^unable to upgrade: Missing or invalid Sec-WebSocket-Key header/)
})

function webSocket(
  url: string,
  path: string,
  protocol: string,
  options: ClientOptions = {},
): { ws: WebSocket; messages: Buffer[] } {
  const messages: Buffer[] = []
  const ws = new WebSocket(`${url.replace('http', 'ws')}${path}`, protocol, options)
  ws.on('message', (data) => messages.push(data as Buffer))
  return { ws, messages }
}

async function refusal(ws: WebSocket): Promise<{ code: number; body: string }> {
  const [, response] = await once(ws, 'unexpected-response')
  return { code: response.statusCode, body: await text(response) }
}
