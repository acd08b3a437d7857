import { MultiplexedStream } from '../multiplexed-stream.node.ts'
import type { ReceiveBudget } from '../receive-budget.ts'
import type { FrameWriter } from './frame-writer.node.ts'
import { RST_STATUS, type SpdyHeaders } from './frames.ts'

/** A stream of a SPDY connection, either end's. */
export interface SpdyStream {
  readonly id: number
  readonly headers: SpdyHeaders
  readonly duplex: MultiplexedStream
}

interface OpenStream extends SpdyStream {
  /** Present until the other end has answered the opening. */
  reply?: PromiseWithResolvers<void>
}

/** The streams of a connection that are open in at least one direction. */
export interface StreamTable {
  readonly size: number
  get(id: number): OpenStream | undefined
  add(id: number, headers: SpdyHeaders): OpenStream
  /** Forgets the stream if both directions have ended. */
  settle(stream: OpenStream | undefined): void
  /** Tells the other end that we are done with what is still open. */
  resetAll(): void
  /** The connection is gone; `properly` when the other end announced it, so that its streams read as ended. */
  endAll(properly: boolean): void
  /** Openings that have no answer fail. */
  rejectReplies(error: Error): void
}

export function streamTable(
  writer: FrameWriter,
  budget: ReceiveBudget,
  { onSend, onEmpty }: { readonly onSend: () => void; readonly onEmpty: () => void },
): StreamTable {
  const streams = new Map<number, OpenStream>()

  function settle(stream: OpenStream | undefined): void {
    if (!stream?.duplex.done || !streams.delete(stream.id)) return
    if (streams.size === 0) onEmpty()
  }

  function add(id: number, headers: SpdyHeaders): OpenStream {
    const duplex = new MultiplexedStream(
      {
        send(chunk, done) {
          onSend()
          writer.data(id, chunk, done)
        },
        finish(done) {
          writer.fin(id, done)
          settle(stream)
        },
        abandon() {
          if (streams.has(id))
            writer.control({ type: 'RST_STREAM', streamId: id, status: RST_STATUS.cancel })
          settle(stream)
        },
      },
      budget,
    )
    const stream: OpenStream = { id, headers, duplex }
    streams.set(id, stream)
    return stream
  }

  function rejectReplies(error: Error): void {
    for (const { reply } of streams.values()) reply?.reject(error)
  }

  return {
    get size() {
      return streams.size
    },
    get: (id) => streams.get(id),
    add,
    settle,
    rejectReplies,
    resetAll() {
      for (const { duplex } of streams.values()) if (!duplex.writableFinished) duplex.destroy()
    },
    endAll(properly) {
      for (const { duplex } of streams.values()) {
        if (properly) duplex.receiveEnd()
        duplex.connectionLost()
      }
      streams.clear()
    },
  }
}
