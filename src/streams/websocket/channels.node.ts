import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../../base/clock.ts'
import { idleTimer } from '../idle-timer.ts'
import { MultiplexedStream } from '../multiplexed-stream.node.ts'
import { CHANNEL } from '../protocols.ts'
import { receiveBudget } from '../receive-budget.ts'
import { decodeChannelMessage, encodeChannelMessage, type ChannelCodec } from './channel-message.ts'
import { keepAlive } from './keep-alive.node.ts'

/** Longer writes are cut into several messages. */
const MESSAGE_BYTES_MAX = 32 * 1024

const CLOSE_CODES_CLEAN = [1000, 1001, 1005]

/** What the server does with a channel; the client does the opposite. */
type ChannelMode = 'read' | 'write' | 'both' | 'ignore'

export interface ChannelsOptions {
  readonly codec: ChannelCodec
  /** A mode for each channel, from 0 on. What comes for others is dropped. */
  readonly modes: readonly ChannelMode[]
  /** Whether the client ends a channel with `[255, channel]` (version 5). */
  readonly closeSignal: boolean
  readonly clock: Clock
  readonly idleTimeoutMs: number
}

/** The server's end of a WebSocket that carries numbered channels. */
export interface ChannelConnection {
  /** A stream for each channel. Only version 5 tells when the client ends one; the server cannot end any. */
  readonly streams: readonly MultiplexedStream[]
  /** Lets what was written leave, and closes. Resolves when the socket is closed. */
  close(): Promise<void>
  destroy(): void
  /** Aborts when the connection is over for its channels, whoever ended it. */
  readonly signal: AbortSignal
}

export function webSocketChannels(ws: WebSocket, options: ChannelsOptions): ChannelConnection {
  const { codec } = options
  const budget = receiveBudget(keepAlive(ws, options.clock))
  const over = new AbortController()
  const closed = Promise.withResolvers<void>()
  const idle = idleTimer(options.clock, options.idleTimeoutMs, () => void close())
  const streams = options.modes.map((mode, channel) => makeStream(mode, channel))

  function makeStream(mode: ChannelMode, channel: number): MultiplexedStream {
    const stream = new MultiplexedStream(
      {
        send: (chunk, done) => send(channel, chunk, done),
        finish: (done) => done(),
        abandon: () => undefined,
      },
      budget,
    )
    if (mode === 'read' || mode === 'ignore') stream.withoutSending()
    if (mode === 'write' || mode === 'ignore') stream.receiveEnd()
    return stream
  }

  function send(channel: number, chunk: Uint8Array, done: () => void): void {
    idle.touch()
    let start = 0
    do {
      const part = chunk.subarray(start, start + MESSAGE_BYTES_MAX)
      start += MESSAGE_BYTES_MAX
      ws.send(
        encodeChannelMessage(codec, channel, part),
        start < chunk.length ? () => undefined : done,
      )
    } while (start < chunk.length)
  }

  function onMessage(raw: RawData): void {
    idle.touch()
    const message = decodeChannelMessage(codec, raw as Buffer) // The default binaryType gives whole Buffers.
    if (!message || over.signal.aborted) return
    if (options.closeSignal && message.channel === CHANNEL.close) onCloseSignal(message.data)
    else streams[message.channel]?.receive(message.data)
  }

  function onCloseSignal(data: Uint8Array): void {
    const stream = data.length === 1 ? streams[data[0]!] : undefined
    if (stream) stream.receiveEnd()
    else ws.close(1002)
  }

  function end(clean: boolean): void {
    if (over.signal.aborted) return
    idle[Symbol.dispose]()
    for (const stream of streams) {
      if (clean) stream.receiveEnd()
      stream.connectionLost()
    }
    over.abort(new Error('Connection closed'))
  }

  function close(): Promise<void> {
    end(false)
    ws.close(1000)
    ws.resume() // Else the other end's answer would never be read.
    return closed.promise
  }

  ws.on('message', onMessage)
  ws.on('error', () => undefined) // It closes, too.
  ws.on('close', (code) => {
    end(CLOSE_CODES_CLEAN.includes(code))
    closed.resolve()
  })
  return { streams, close, destroy: () => ws.terminate(), signal: over.signal }
}
