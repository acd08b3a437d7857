import assert from 'node:assert/strict'
import { duplexPair, type Duplex } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { test } from 'node:test'
import { RECEIVE_BUFFER_BYTES_MAX } from '../receive-budget.ts'
import { socketPair } from '../testing-socket-pair.node.ts'
import { spdyConnection, type SpdyConnection } from './connection.node.ts'
import { frameDecoder } from './decode.ts'
import { encodeFrame } from './encode.ts'
import { CONTROL_BACKLOG_BYTES_MAX } from './frame-writer.node.ts'
import { GOAWAY_STATUS, RST_STATUS, type Frame, type SpdyHeaders } from './frames.ts'
import { headerCompression } from './header-compression.node.ts'
import type { SpdyStream } from './stream-table.node.ts'

const NO_HEADERS: SpdyHeaders = new Map()

test('open() makes a stream with its headers at the other end', async () => {
  await using pair = connected()
  const [near, far] = await pair.open(new Map([['streamtype', 'data']]))
  assert.equal(far.headers.get('streamtype'), 'data')
  assert.equal(near.id, 1)
  near.duplex.end('to the server')
  far.duplex.end('to the client')
  assert.equal(await text(far.duplex), 'to the server')
  assert.equal(await text(near.duplex), 'to the client')
})

test('a stream half-closes: what comes back after the end of what was sent arrives', async () => {
  await using pair = connected()
  const [near, far] = await pair.open(NO_HEADERS)
  near.duplex.end('question')
  far.duplex.end(`answer to ${await text(far.duplex)}`)
  assert.equal(await text(near.duplex), 'answer to question')
})

test('megabytes cross in both directions at once', async () => {
  await using pair = connected()
  const [near, far] = await pair.open(NO_HEADERS)
  const bytes = Buffer.alloc(3 * 1024 * 1024, 'some bytes of odd length ')
  near.duplex.end(bytes)
  far.duplex.end(bytes)
  const [there, back] = await Promise.all([buffer(far.duplex), buffer(near.duplex)])
  assert.ok(there.equals(bytes))
  assert.ok(back.equals(bytes))
})

test('a reader that stalls holds the writer back, and loses nothing', async () => {
  await using pair = connected()
  const [near, far] = await pair.open(NO_HEADERS)
  const piece = Buffer.alloc(64 * 1024, 'x')
  let accepted = 0
  // A write is accepted when its bytes left; stop when one stays for a few turns of the event loop.
  for (let waiting = false; !waiting;) {
    const written = { left: false }
    near.duplex.write(piece, () => (written.left = true))
    for (let turn = 0; turn < 20 && !written.left; turn++) await new Promise(setImmediate)
    accepted += piece.length
    waiting = !written.left
  }
  assert.ok(accepted >= RECEIVE_BUFFER_BYTES_MAX, `${accepted} bytes`)
  assert.ok(accepted < 2 * RECEIVE_BUFFER_BYTES_MAX, `${accepted} bytes`)
  near.duplex.end()
  assert.equal((await buffer(far.duplex)).length, accepted)
})

test('reset: what came before is read, the end follows, and the signal tells', async () => {
  await using pair = connected()
  const [near, far] = await pair.open(NO_HEADERS)
  await new Promise<void>((resolve) => near.duplex.write('before', () => resolve()))
  near.duplex.destroy()
  assert.equal(await text(far.duplex), 'before')
  assert.ok(far.duplex.reset.aborted)
  far.duplex.write('dropped without an error')
})

test('ping() is answered', async () => {
  await using pair = connected()
  await Promise.all([pair.client.ping(), pair.server.ping(), pair.client.ping()])
})

test('close() lets what was written leave, and ends both connections', async () => {
  await using pair = connected()
  const [near, far] = await pair.open(NO_HEADERS)
  const bytes = Buffer.alloc(100_000, 'y')
  const received = buffer(far.duplex)
  await new Promise<void>((resolve) => near.duplex.end(bytes, resolve))
  await pair.client.close()
  assert.ok((await received).equals(bytes))
  assert.ok(pair.client.signal.aborted)
  assert.ok(pair.server.signal.aborted)
  await assert.rejects(pair.client.open(NO_HEADERS), /Connection closed/)
  await assert.rejects(pair.server.ping(), /Connection closed/)
})

test('a connection that breaks off destroys its streams without an error event', async () => {
  await using pair = connected(await socketPair())
  const [near, far] = await pair.open(NO_HEADERS)
  const closed = [near, far].map(
    ({ duplex }) => new Promise((resolve) => duplex.once('close', resolve)),
  )
  pair.client.destroy()
  await Promise.all(closed)
  assert.ok(pair.server.signal.aborted)
})

test('a stream that the other end does not want is refused', async () => {
  await using pair = connected(duplexPair(), (headers) => headers.get('port') !== '80')
  await assert.rejects(pair.client.open(NO_HEADERS), /Stream reset/)
  await pair.client.open(new Map([['port', '80']]))
})

test('streams beyond the limit are refused, and a place is free again after one has ended', async () => {
  await using pair = connected(duplexPair(), () => false, 3)
  const streams = await Promise.all([1, 2, 3].map(() => pair.client.open(NO_HEADERS)))
  await assert.rejects(pair.client.open(NO_HEADERS), /Stream reset/)
  streams[0]!.duplex.destroy()
  await pair.client.open(NO_HEADERS)
})

test('open() gives up when its signal aborts', async () => {
  const [socket, peer] = duplexPair()
  const connection = spdyConnection(socket, { role: 'client' })
  const abort = new AbortController()
  const opening = connection.open(NO_HEADERS, { signal: abort.signal })
  abort.abort(new Error('no patience'))
  await assert.rejects(opening, /no patience/)
  connection.destroy()
  peer.destroy()
})

test('a peer that breaks the protocol gets GOAWAY and the connection ends', async () => {
  for (const hex of [
    'ffffffffffffffff',
    '8003000100000000',
    '80030001000000100000000100000000000078f9e3c6a7c20000',
  ]) {
    const peer = rawPeer()
    peer.socket.write(Uint8Array.fromHex(hex))
    const frames = await peer.untilEnd()
    assert.deepEqual(frames, [
      { type: 'GOAWAY', lastGoodStreamId: 0, status: GOAWAY_STATUS.protocolError },
    ])
    assert.ok(peer.connection.signal.aborted)
  }
})

test('stream ids that go back or have the wrong parity are refused, and the connection goes on', async () => {
  const peer = rawPeer()
  for (const id of [5, 3, 5, 2]) peer.send({ ...SYN_STREAM, streamId: id })
  peer.send({ type: 'GOAWAY', lastGoodStreamId: 0, status: 0 })
  peer.send({ type: 'RST_STREAM', streamId: 5, status: RST_STATUS.cancel })
  const frames = await peer.untilEnd()
  assert.deepEqual(frames, [
    { type: 'SYN_REPLY', streamId: 5, fin: false, headers: new Map() },
    { type: 'RST_STREAM', streamId: 3, status: RST_STATUS.protocolError },
    { type: 'RST_STREAM', streamId: 5, status: RST_STATUS.protocolError },
    { type: 'RST_STREAM', streamId: 2, status: RST_STATUS.protocolError },
    { type: 'GOAWAY', lastGoodStreamId: 5, status: GOAWAY_STATUS.ok },
  ])
})

test('frames for streams that are gone, settings and window updates are ignored', async () => {
  const peer = rawPeer()
  peer.send({ type: 'SETTINGS', clear: false, settings: [{ id: 7, flags: 0, value: 1 }] })
  peer.send({ type: 'WINDOW_UPDATE', streamId: 0, delta: 1 })
  peer.send({ type: 'DATA', streamId: 99, fin: true, data: Buffer.from('lost') })
  peer.send({ type: 'RST_STREAM', streamId: 99, status: 1 })
  peer.send({ type: 'PING', id: 1 })
  assert.deepEqual(await peer.next(), { type: 'PING', id: 1 })
  peer.connection.destroy()
})

test('a peer that asks without reading the answers is cut off', async () => {
  const [socket, far] = duplexPair()
  const connection = spdyConnection(socket, { role: 'server' })
  const ping = encodeFrame({ type: 'PING', id: 1 }, headerCompression())
  const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping))
  far.on('error', () => undefined)
  for (let sent = 0; !connection.signal.aborted; sent += pings.length) {
    assert.ok(sent < 3 * CONTROL_BACKLOG_BYTES_MAX)
    far.write(pings)
    await new Promise(setImmediate)
  }
  far.destroy()
})

const SYN_STREAM = {
  type: 'SYN_STREAM',
  streamId: 1,
  associatedTo: 0,
  priority: 0,
  fin: false,
  unidirectional: false,
  headers: NO_HEADERS,
} as const satisfies Frame

interface ConnectedPair extends AsyncDisposable {
  readonly client: SpdyConnection
  readonly server: SpdyConnection
  /** Opens a stream from the client; the stream at both ends. */
  open(headers: SpdyHeaders): Promise<readonly [SpdyStream, SpdyStream]>
}

function connected(
  [near, far]: readonly [Duplex, Duplex] = duplexPair(),
  refuses: (headers: SpdyHeaders) => boolean = () => false,
  streamsMax = 100,
): ConnectedPair {
  const arrived: SpdyStream[] = []
  const server = spdyConnection(far, {
    role: 'server',
    onStream: (stream) => arrived.push(stream),
    refuses,
    streamsMax,
  })
  const client = spdyConnection(near, { role: 'client' })
  return {
    client,
    server,
    async open(headers) {
      const stream = await client.open(headers)
      return [stream, arrived.find(({ id }) => id === stream.id)!]
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([client.close(), server.close()])
    },
  }
}

/** A server, and the other end of its socket, at which a test speaks frames. */
function rawPeer(): {
  socket: Duplex
  connection: SpdyConnection
  send(frame: Frame): void
  next(): Promise<Frame | undefined>
  untilEnd(): Promise<Frame[]>
} {
  const [socket, far] = duplexPair()
  const connection = spdyConnection(far, { role: 'server', onStream: () => undefined })
  const compression = headerCompression()
  const frames = readFrames(socket)
  return {
    socket,
    connection,
    send: (frame) => void socket.write(encodeFrame(frame, compression)),
    next: async () => (await frames.next()).value ?? undefined,
    async untilEnd() {
      const all = await Array.fromAsync(frames)
      socket.end()
      return all
    },
  }
}

async function* readFrames(socket: Duplex): AsyncGenerator<Frame, void, void> {
  const decoder = frameDecoder(headerCompression())
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false }))
      yield* decoder.push(chunk as Uint8Array)
  } catch (error) {
    if (!(error instanceof Error) || !/Premature close/.test(error.message)) throw error
  }
}
