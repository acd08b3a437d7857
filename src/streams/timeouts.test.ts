import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { eventually } from '../base/async-eventually.node.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { acceptPortForward } from './accept-port-forward.node.ts'
import { acceptRemoteCommand } from './accept-remote-command.node.ts'
import { dialSpdy } from './dial-upgrade.node.ts'
import { proxyUpgrade } from './proxy-upgrade.node.ts'
import type { RemoteCommandSession } from './remote-command-session.node.ts'
import { RECEIVE_BUFFER_BYTES_MAX } from './receive-budget.ts'
import { testServer } from './testing-pod-server.node.ts'

const ALL = { stdin: true, stdout: true, stderr: false, tty: false }

test('a SPDY client that does not open its streams is let go', async () => {
  const clock = virtualClock()
  const accepted: unknown[] = []
  await using server = await testServer((upgrade) => {
    void acceptRemoteCommand(upgrade, ALL, { clock }).then((session) => accepted.push(session))
  })
  const { connection } = await dialSpdy({ url: new URL(server.url) }, ['v4.channel.k8s.io'])
  await connection.open(new Map([['streamtype', 'error']]))
  await clock.advance(29_999)
  assert.equal(connection.signal.aborted, false)
  await clock.advance(1)
  await eventually(() => connection.signal.aborted && accepted.length === 1)
  assert.deepEqual(accepted, [undefined])
})

test('a forwarded connection of one stream only is given up', async () => {
  const clock = virtualClock()
  await using server = await testServer((upgrade) => {
    acceptPortForward(upgrade, () => assert.fail('forwards'), { clock })
  })
  const { connection } = await dialSpdy({ url: new URL(server.url) }, ['portforward.k8s.io'])
  const headers = (streamtype: string, requestid: string) =>
    new Map(Object.entries({ streamtype, port: '80', requestid }))
  const error = await connection.open(headers('error', '1'))
  const data = await connection.open(headers('data', '2'))
  await clock.advance(30_000)
  assert.equal(await text(error.duplex), '(request=1) timed out waiting for streams')
  await eventually(() => data.duplex.reset.aborted)
  await connection.close()
})

test('a session on which nothing moves is closed', async () => {
  const clock = virtualClock()
  const sessions: RemoteCommandSession[] = []
  await using server = await testServer((upgrade) => {
    void acceptRemoteCommand(upgrade, ALL, { clock, idleTimeoutMs: 1000 }).then((session) =>
      sessions.push(session!),
    )
  })
  const ws = new WebSocket(server.url.replace('http', 'ws'), 'v5.channel.k8s.io')
  await once(ws, 'open')
  await clock.advance(999)
  ws.send(Buffer.from('\0x'))
  await once(sessions[0]!.stdin!, 'data')
  await clock.advance(999)
  assert.equal(ws.readyState, WebSocket.OPEN)
  await clock.advance(1)
  await once(ws, 'close')
  assert.ok(sessions[0]!.signal.aborted)
})

test('while a command does not read its input, its client still hears of the connection', async () => {
  const clock = virtualClock()
  const sessions: RemoteCommandSession[] = []
  await using server = await testServer((upgrade) => {
    void acceptRemoteCommand(upgrade, ALL, { clock }).then((session) => sessions.push(session!))
  })
  const ws = new WebSocket(server.url.replace('http', 'ws'), 'v5.channel.k8s.io')
  await once(ws, 'open')
  ws.send(new Uint8Array(RECEIVE_BUFFER_BYTES_MAX + 2))
  await eventually(() => clock.msUntilNext() === 15_000) // Reading is paused now.
  for (let i = 0; i < 3; i++) {
    const pong = once(ws, 'pong')
    await clock.advance(15_000)
    await pong
  }
  sessions[0]!.stdin!.resume()
  const answer = once(ws, 'pong')
  ws.ping('asked')
  assert.equal(String((await answer)[0]), 'asked')
  ws.terminate()
})

test('input that nobody reads does not keep a session of a client that closed', async () => {
  const clock = virtualClock()
  const sessions: RemoteCommandSession[] = []
  await using server = await testServer((upgrade) => {
    void acceptRemoteCommand(upgrade, ALL, { clock }).then((session) => sessions.push(session!))
  })
  const ws = new WebSocket(server.url.replace('http', 'ws'), 'v4.channel.k8s.io')
  await once(ws, 'open')
  ws.send(Buffer.from('\0typed before leaving'))
  ws.close(1000)
  await once(ws, 'close')
  await eventually(() => clock.msUntilNext() === 30_000)
  assert.equal(sessions[0]!.signal.aborted, false)
  await clock.advance(30_000)
  assert.ok(sessions[0]!.signal.aborted)
})

test('a client that leaves while it is decided about is not accepted', async () => {
  const accepted = Promise.withResolvers<unknown[]>()
  await using server = await testServer(({ request, socket, head }) => {
    socket.resume().once('end', () => {
      const upgrade = { request, socket, head }
      const forwarding = Promise.resolve(acceptPortForward(upgrade, () => assert.fail('forwards')))
      const proxying = proxyUpgrade(upgrade, { url: new URL('http://127.0.0.1:1') })
      accepted.resolve(Promise.all([acceptRemoteCommand(upgrade, ALL), forwarding, proxying]))
    })
  })
  const socket = connect(server.port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n')
  socket.end('X-Stream-Protocol-Version: portforward.k8s.io, v4.channel.k8s.io\r\n\r\nhead')
  socket.resume()
  assert.deepEqual(await accepted.promise, [undefined, undefined, undefined])
})
