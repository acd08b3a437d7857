import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { eventually } from '../base/async-eventually.node.ts'
import { CHANNEL } from './protocols.ts'
import { RECEIVE_BUFFER_BYTES_MAX } from './receive-budget.ts'
import { podServer, type PodServer } from './testing-pod-server.node.ts'

test('v5: stdin ends with the close signal, and the status follows the output', async () => {
  await using pod = await podServer()
  const client = exec(pod, 'v5.channel.k8s.io', ['count'], 'stdin=true&stdout=true')
  await client.opened
  assert.equal(client.ws.protocol, 'v5.channel.k8s.io')
  client.send(CHANNEL.stdin, Buffer.alloc(1024 * 1024))
  client.ws.send(Uint8Array.of(CHANNEL.close, CHANNEL.stdin))
  assert.equal(await client.closed, 1000)
  assert.equal(client.text(CHANNEL.stdout), '1048576 bytes\n')
  assert.equal(JSON.parse(client.text(CHANNEL.error)).status, 'Success')
})

test('the first message is empty, on the lowest channel that the server writes', async () => {
  await using pod = await podServer()
  for (const [query, channel] of [
    ['stdin=1&stdout=1&stderr=1', CHANNEL.stdout],
    ['stdin=1&stderr=1', CHANNEL.stderr],
    ['stdin=1', CHANNEL.error],
  ] as const) {
    const client = exec(pod, 'v4.channel.k8s.io', ['exit', '0'], query)
    await client.closed
    assert.deepEqual([...client.messages[0]!], [channel])
  }
})

test('v4: exit codes, and stderr apart from stdout', async () => {
  await using pod = await podServer()
  const failing = exec(pod, 'v4.channel.k8s.io', ['exit', '7'], 'stdout=true')
  await failing.closed
  assert.deepEqual(JSON.parse(failing.text(CHANNEL.error)).details, {
    causes: [{ reason: 'ExitCode', message: '7' }],
  })
  const both = exec(pod, 'v4.channel.k8s.io', ['stderr'], 'stdout=true&stderr=true')
  await both.closed
  assert.equal(both.text(CHANNEL.stdout), 'to stdout\n')
  assert.equal(both.text(CHANNEL.stderr), 'to stderr\n')
})

test('a client that closes to end its input has it read to the end', async () => {
  await using pod = await podServer()
  const client = exec(pod, 'v4.channel.k8s.io', ['count'], 'stdin=true&stdout=true')
  await client.opened
  client.send(CHANNEL.stdin, Buffer.alloc(300_000))
  client.ws.close()
  await eventually(() => pod.sessions.length === 1)
  let length = 0
  pod.sessions[0]!.stdin!.on('data', (chunk: Buffer) => (length += chunk.length))
  await eventually(() => pod.sessions[0]!.signal.aborted)
  assert.equal(length, 300_000)
})

test('v4.base64 and base64 carry text', async () => {
  await using pod = await podServer()
  for (const protocol of ['v4.base64.channel.k8s.io', 'base64.channel.k8s.io']) {
    const client = exec(pod, protocol, ['sizes'], 'stdout=1&tty=1')
    await client.opened
    client.ws.send('this is no base64')
    client.ws.send(`4${Buffer.from('{"Width":80,"Height":24}').toString('base64')}`)
    await eventually(() => client.messages.length === 2)
    assert.deepEqual(client.messages.map(String), [
      '1',
      `1${Buffer.from('80x24\n').toString('base64')}`,
    ])
    client.ws.terminate()
  }
})

test('without a subprotocol, and with the oldest, failures are plain text and success is silent', async () => {
  await using pod = await podServer()
  for (const protocol of [[], ['channel.k8s.io']]) {
    const failing = exec(pod, protocol, ['exit', '1'], 'stdout=1')
    await failing.closed
    assert.equal(
      failing.text(CHANNEL.error),
      'command terminated with non-zero exit code: exit status 1',
    )
    const succeeding = exec(pod, protocol, ['exit', '0'], 'stdout=1')
    await succeeding.closed
    assert.equal(succeeding.text(CHANNEL.error), '')
  }
})

test('a command that does not read its input holds the client back', async () => {
  await using pod = await podServer()
  const client = exec(pod, 'v5.channel.k8s.io', ['sleep'], 'stdin=1&stdout=1')
  await client.opened
  // Kernel buffers take a part of these; the rest must stay with the client.
  for (let i = 0; i < 32; i++) client.send(CHANNEL.stdin, Buffer.alloc(1024 * 1024))
  await eventually(() => pod.sessions.length === 1)
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
  assert.ok(
    client.ws.bufferedAmount > RECEIVE_BUFFER_BYTES_MAX,
    `${client.ws.bufferedAmount} bytes wait`,
  )
  client.ws.terminate()
  pod.sessions[0]!.destroy()
  await eventually(() => pod.sessions[0]!.signal.aborted)
})

test('pings are answered', async () => {
  await using pod = await podServer()
  const client = exec(pod, 'v5.channel.k8s.io', ['sleep'], 'stdout=1')
  await client.opened
  client.ws.ping('are you there?')
  const [data] = await once(client.ws, 'pong')
  assert.equal(String(data), 'are you there?')
  client.ws.terminate()
})

test("what goes to channels that are not there, or not the client's, is dropped", async () => {
  await using pod = await podServer()
  const client = exec(pod, 'v5.channel.k8s.io', ['cat'], 'stdin=1&stdout=1')
  await client.opened
  client.ws.send(new Uint8Array(0))
  for (const channel of [1, 2, 3, 4, 5, 77]) client.send(channel, Buffer.from('nonsense'))
  client.send(CHANNEL.stdin, Buffer.from('sense'))
  client.ws.send(Uint8Array.of(CHANNEL.close, CHANNEL.stdin))
  await client.closed
  assert.equal(client.text(CHANNEL.stdout), 'sense')
})

test('a close signal for a channel that is not there ends the connection', async () => {
  await using pod = await podServer()
  for (const bytes of [[CHANNEL.close], [CHANNEL.close, 9], [CHANNEL.close, 0, 0]]) {
    const client = exec(pod, 'v5.channel.k8s.io', ['sleep'], 'stdout=1')
    await client.opened
    client.ws.send(Uint8Array.from(bytes))
    assert.equal(await client.closed, 1002)
  }
  await eventually(() => pod.sessions.every(({ signal }) => signal.aborted))
})

test('bytes that are no WebSocket frames end the connection', async () => {
  await using pod = await podServer()
  const socket = connect(pod.port, '127.0.0.1')
  socket.write(
    'GET /exec?stdout=1&command=sleep HTTP/1.1\r\nHost: p\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  await once(socket, 'data')
  socket.write(Buffer.alloc(100, 0xff))
  socket.resume()
  await once(socket, 'close')
  await eventually(() => pod.sessions[0]?.signal.aborted === true)
})

test('a message that is too long ends the connection', async () => {
  await using pod = await podServer()
  const client = exec(pod, 'v5.channel.k8s.io', ['sleep'], 'stdin=1&stdout=1')
  await client.opened
  client.send(CHANNEL.stdin, Buffer.alloc(32 * 1024 * 1024))
  assert.equal(await client.closed, 1009)
  await eventually(() => pod.sessions[0]!.signal.aborted)
})

test('a client that breaks off ends the session', async () => {
  await using pod = await podServer()
  const client = exec(pod, 'v5.channel.k8s.io', ['sleep'], 'stdin=1&stdout=1')
  await client.opened
  await eventually(() => pod.sessions.length === 1)
  client.ws.terminate()
  await eventually(() => pod.sessions[0]!.signal.aborted)
})

interface Client {
  readonly ws: WebSocket
  readonly opened: Promise<unknown>
  /** The code of the close frame. */
  readonly closed: Promise<number>
  readonly messages: readonly Buffer[]
  send(channel: number, data: Uint8Array): void
  /** All that came over a channel. */
  text(channel: number): string
}

function exec(
  pod: PodServer,
  protocols: string | string[],
  command: readonly string[],
  query: string,
): Client {
  const words = command.map((word) => `command=${word}`).join('&')
  const ws = new WebSocket(`${pod.url.replace('http', 'ws')}/exec?${query}&${words}`, protocols)
  const messages: Buffer[] = []
  ws.on('message', (data) => messages.push(data as Buffer))
  ws.on('error', () => undefined)
  return {
    ws,
    opened: once(ws, 'open'),
    closed: once(ws, 'close').then(([code]) => code as number),
    messages,
    send: (channel, data) => ws.send(Buffer.concat([Uint8Array.of(channel), data])),
    text: (channel) =>
      Buffer.concat(
        messages.filter(([first]) => first === channel).map((message) => message.subarray(1)),
      ).toString(),
  }
}
