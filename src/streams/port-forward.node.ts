import type { Duplex } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { flushed, type MultiplexedStream } from './multiplexed-stream.node.ts'
import { portProblem } from './options.ts'
import type { SpdyStream } from './spdy/stream-table.node.ts'
import type { SpdyHeaders } from './spdy/frames.ts'

/** How long the second stream of a pair may take to come. */
const STREAM_CREATION_TIMEOUT_MS = 30_000

/** One connection of a client to a port of a pod. */
interface ForwardedConnection {
  readonly port: number
  /** The bytes of the connection; half-closes. Never emits `error`: when the client is gone, it is destroyed. */
  readonly data: Duplex
  /** Aborts when the client gave the connection up. */
  readonly signal: AbortSignal
}

/** Carries a connection; resolves when it is over. The message of a rejection goes to the client. */
export type Forward = (connection: ForwardedConnection) => Promise<void>

/** The two streams of a forwarded connection. */
export interface StreamPair {
  readonly port: number
  readonly data: MultiplexedStream
  readonly error: MultiplexedStream
}

/** Forwards one connection, and tells its client when that failed. */
export async function forwardPair(
  { port, data, error }: StreamPair,
  forward: Forward,
): Promise<void> {
  try {
    await forward({ port, data, signal: data.reset })
    error.end()
    data.end()
    data.resume() // What still comes is for nobody.
  } catch (failure) {
    error.end(failure instanceof Error ? failure.message : String(failure))
    await flushed(error)
    data.destroy()
  }
  await Promise.all([flushed(error), flushed(data)])
}

/** Finds the data and error stream of each connection, which a SPDY client opens one by one. */
export interface StreamPairs extends Disposable {
  /** Whether the headers of a new stream name a port and one of the two types. */
  accepts(headers: SpdyHeaders): boolean
  add(stream: SpdyStream): void
}

interface HalfPair {
  data?: SpdyStream
  error?: SpdyStream
  readonly timeout: Disposable
}

export function streamPairs(clock: Clock, onPair: (pair: StreamPair) => void): StreamPairs {
  const waiting = new Map<string, HalfPair>()

  function giveUp(requestId: string): void {
    const { data, error } = waiting.get(requestId)!
    waiting.delete(requestId)
    error?.duplex.end(`(request=${requestId}) timed out waiting for streams`)
    data?.duplex.destroy()
  }

  return {
    accepts(headers) {
      const type = headers.get('streamtype')
      return (
        (type === 'data' || type === 'error') &&
        portProblem(headers.get('port') ?? '') === undefined
      )
    },
    add(stream) {
      const id = requestId(stream)
      const type = stream.headers.get('streamtype') as 'data' | 'error'
      const half = waiting.get(id) ?? {
        timeout: clock.after(STREAM_CREATION_TIMEOUT_MS, () => giveUp(id)),
      }
      if (half[type]) {
        stream.duplex.destroy()
        return
      }
      half[type] = stream
      waiting.set(id, half)
      const { data, error } = half
      if (!data || !error) return
      half.timeout[Symbol.dispose]()
      waiting.delete(id)
      onPair({ port: Number(data.headers.get('port')), data: data.duplex, error: error.duplex })
    },
    [Symbol.dispose]() {
      for (const { timeout } of waiting.values()) timeout[Symbol.dispose]()
      waiting.clear()
    },
  }
}

/** Clients older than the header open the error stream and then, with the next id, the data stream. */
function requestId({ id, headers }: SpdyStream): string {
  const given = headers.get('requestid')
  if (given) return given
  return String(headers.get('streamtype') === 'error' ? id : id - 2)
}
