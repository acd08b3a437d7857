import type { Duplex } from 'node:stream'
import { systemClock } from '../../base/clock.node.ts'
import type { Clock } from '../../base/clock.ts'
import { endSocket } from '../end-socket.node.ts'
import { idleTimer } from '../idle-timer.ts'
import { receiveBudget } from '../receive-budget.ts'
import { frameDecoder } from './decode.ts'
import { frameWriter } from './frame-writer.node.ts'
import {
  GOAWAY_STATUS,
  RST_STATUS,
  STREAM_ID_MAX,
  SpdyError,
  type Frame,
  type SpdyHeaders,
} from './frames.ts'
import { headerCompression } from './header-compression.node.ts'
import { pingTable } from './pings.ts'
import { streamTable, type SpdyStream } from './stream-table.node.ts'

/** Streams that one connection may hold open; a forwarded connection takes two. */
const STREAMS_MAX = 4096

/** Four hours, the kubelet's `streamingConnectionIdleTimeout`. */
export const IDLE_TIMEOUT_MS = 4 * 60 * 60 * 1000

export interface SpdyConnectionOptions {
  readonly role: 'client' | 'server'
  /** Called for each stream that the other end opens, after it was accepted. Without it, all are refused. */
  readonly onStream?: (stream: SpdyStream) => void
  /** True when a stream with these headers is not wanted. */
  readonly refuses?: (headers: SpdyHeaders) => boolean
  readonly clock?: Clock
  readonly idleTimeoutMs?: number
  /** `STREAMS_MAX` when absent. */
  readonly streamsMax?: number
}

/**
 * A SPDY/3.1 connection as Kubernetes speaks it, that is, as moby/spdystream does: no windows (see `receiveBudget`),
 * GOAWAY ends it, a reset stream reads as ended.
 */
export interface SpdyConnection {
  /** Opens a stream. Rejects when the other end refuses it, or the connection or the signal ends first. */
  open(headers: SpdyHeaders, options?: { readonly signal?: AbortSignal }): Promise<SpdyStream>
  /** Resolves when the other end answers. */
  ping(): Promise<void>
  /** Says goodbye, lets what was written leave, and closes. Resolves when the socket is closed. */
  close(): Promise<void>
  destroy(): void
  /** Aborts when the connection is over for its streams, whoever ended it. */
  readonly signal: AbortSignal
}

type SynStream = Frame & { readonly type: 'SYN_STREAM' }

/** Takes over `socket`, which has been upgraded already. */
export function spdyConnection(socket: Duplex, options: SpdyConnectionOptions): SpdyConnection {
  const clock = options.clock ?? systemClock
  const server = options.role === 'server'
  const streamsMax = options.streamsMax ?? STREAMS_MAX
  const compression = headerCompression()
  const decoder = frameDecoder(compression)
  const budget = receiveBudget(socket)
  const writer = frameWriter(socket, compression, destroy)
  const streams = streamTable(writer, budget, {
    onSend: () => idle.touch(),
    onEmpty: () => goneAway && void close(),
  })
  const pings = pingTable(options.role)
  const over = new AbortController()
  const closed = Promise.withResolvers<void>()
  const idle = idleTimer(clock, options.idleTimeoutMs ?? IDLE_TIMEOUT_MS, () => void close())
  let nextStreamId = server ? 2 : 1
  let lastReceivedId = 0
  let goneAway = false
  let closing = false

  function onData(bytes: Uint8Array): void {
    idle.touch()
    try {
      for (const frame of decoder.push(bytes)) {
        if (closing) return
        handle(frame)
      }
    } catch (error) {
      if (!(error instanceof SpdyError)) throw error
      writer.control({
        type: 'GOAWAY',
        lastGoodStreamId: lastReceivedId,
        status: GOAWAY_STATUS.protocolError,
      })
      destroy()
    }
  }

  function handle(frame: Frame): void {
    switch (frame.type) {
      case 'SYN_STREAM':
        return accept(frame)
      case 'SYN_REPLY':
      case 'HEADERS': {
        const stream = streams.get(frame.streamId)
        if (frame.type === 'SYN_REPLY') stream?.reply?.resolve()
        if (frame.fin) stream?.duplex.receiveEnd()
        return streams.settle(stream)
      }
      case 'DATA': {
        const stream = streams.get(frame.streamId)
        stream?.duplex.receive(frame.data)
        if (frame.fin) stream?.duplex.receiveEnd()
        return streams.settle(stream)
      }
      case 'RST_STREAM': {
        const stream = streams.get(frame.streamId)
        stream?.reply?.reject(new Error('Stream reset'))
        stream?.duplex.receiveReset()
        return streams.settle(stream)
      }
      case 'PING':
        return pings.isOurs(frame.id) ? pings.answer(frame.id) : writer.control(frame)
      case 'GOAWAY':
        return onGoAway()
      case 'SETTINGS':
      case 'WINDOW_UPDATE':
        return
      default:
        return frame satisfies never
    }
  }

  function accept(frame: SynStream): void {
    const { streamId, headers } = frame
    const status = refusal(frame)
    if (status !== undefined) return writer.control({ type: 'RST_STREAM', streamId, status })
    lastReceivedId = streamId
    const stream = streams.add(streamId, headers)
    if (frame.unidirectional) stream.duplex.withoutSending()
    else writer.control({ type: 'SYN_REPLY', streamId, fin: false, headers: new Map() })
    if (frame.fin) stream.duplex.receiveEnd()
    options.onStream?.(stream)
    streams.settle(stream)
  }

  function refusal({ streamId, headers }: SynStream): number | undefined {
    const theirs = streamId % 2 === (server ? 1 : 0)
    if (!theirs || streamId <= lastReceivedId) return RST_STATUS.protocolError
    if (!options.onStream || streams.size >= streamsMax) return RST_STATUS.refusedStream
    return options.refuses?.(headers) ? RST_STATUS.cancel : undefined
  }

  function onGoAway(): void {
    goneAway = true
    streams.rejectReplies(connectionClosed())
    if (streams.size === 0) void close()
  }

  async function open(
    headers: SpdyHeaders,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<SpdyStream> {
    signal?.throwIfAborted()
    if (closing || goneAway) throw connectionClosed()
    if (streams.size >= streamsMax) throw new Error(`Cannot open stream: ${streamsMax} are open`)
    if (nextStreamId > STREAM_ID_MAX) throw new Error('Cannot open stream: stream ids are used up')
    const id = nextStreamId
    nextStreamId += 2
    const stream = streams.add(id, headers)
    const reply = (stream.reply = Promise.withResolvers<void>())
    const onAbort = (): void => reply.reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    writer.control({
      type: 'SYN_STREAM',
      streamId: id,
      associatedTo: 0,
      priority: 0,
      fin: false,
      unidirectional: false,
      headers,
    })
    try {
      await reply.promise
      return stream
    } catch (error) {
      stream.duplex.destroy()
      throw error
    } finally {
      delete stream.reply
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async function ping(): Promise<void> {
    if (closing) throw connectionClosed()
    const { id, answered } = pings.add()
    writer.control({ type: 'PING', id })
    return answered
  }

  function close(): Promise<void> {
    if (!closing) {
      streams.resetAll()
      writer.control({ type: 'GOAWAY', lastGoodStreamId: lastReceivedId, status: GOAWAY_STATUS.ok })
      end()
    }
    return closed.promise
  }

  function end(): void {
    if (closing) return
    closing = true
    idle[Symbol.dispose]()
    streams.rejectReplies(connectionClosed())
    streams.endAll(goneAway)
    pings.rejectAll(connectionClosed())
    over.abort(connectionClosed())
    endSocket(socket, clock)
  }

  function destroy(): void {
    socket.destroy()
    end()
  }

  socket.on('data', onData)
  socket.on('end', end)
  socket.on('error', destroy)
  socket.on('close', () => {
    end()
    closed.resolve()
  })
  return { open, ping, close, destroy, signal: over.signal }
}

function connectionClosed(): Error {
  return new Error('Connection closed')
}
