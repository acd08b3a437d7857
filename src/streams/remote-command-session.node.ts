import type { Clock } from '../base/clock.ts'
import { flushed, type MultiplexedStream } from './multiplexed-stream.node.ts'
import type { RemoteCommandStreams } from './remote-command.node.ts'
import { resizeDecoder, resizeQueue, type ResizeQueue } from './resize.ts'
import { encodeStatus, type StreamStatus } from './status.ts'

/** How long what a client typed before it closed may take to be read. */
const STDIN_DRAIN_MS = 30_000

/** The server's end of an exec or attach. */
export interface RemoteCommandSession extends RemoteCommandStreams {
  readonly protocol: string
  readonly signal: AbortSignal
  /** Lets the output leave, tells the client how the command ended, and closes. Resolves when the socket is closed. */
  finish(status: StreamStatus): Promise<void>
  /** Breaks the connection off. */
  destroy(): void
}

/** The connection below a session. */
interface Connection {
  readonly signal: AbortSignal
  close(): Promise<void>
  destroy(): void
}

/** The streams as the connection gives them. */
export interface SessionChannels {
  readonly stdin?: MultiplexedStream
  readonly stdout?: MultiplexedStream
  readonly stderr?: MultiplexedStream
  readonly resize?: MultiplexedStream
  readonly error: MultiplexedStream
}

/** Puts the streams of a client together, whatever carries them. */
export function remoteCommandSession(
  protocol: string,
  tty: boolean,
  { error, resize, ...channels }: SessionChannels,
  connection: Connection,
  clock: Clock,
): RemoteCommandSession {
  return {
    ...channels,
    protocol,
    tty,
    ...(resize && { resize: sizesOf(resize) }),
    signal: sessionSignal(connection.signal, channels.stdin, clock),
    async finish(status) {
      await Promise.all([ended(channels.stdout), ended(channels.stderr)])
      const text = encodeStatus(protocol, status)
      if (text !== '') error.write(text)
      await ended(error)
      return connection.close()
    },
    destroy: () => connection.destroy(),
  }
}

function sizesOf(stream: MultiplexedStream): ResizeQueue {
  const queue = resizeQueue()
  const decode = resizeDecoder()
  stream.on('data', (bytes: Uint8Array) => {
    for (const size of decode(new TextDecoder().decode(bytes))) queue.push(size)
  })
  stream.once('end', () => queue.end())
  stream.once('close', () => queue.end())
  return queue
}

/**
 * A client that ends its input by closing the connection, as WebSocket clients before version 5 do, may have typed what
 * nobody has read yet. It gets a little time.
 */
function sessionSignal(
  connection: AbortSignal,
  stdin: MultiplexedStream | undefined,
  clock: Clock,
): AbortSignal {
  const over = new AbortController()
  const abort = (): void => over.abort(connection.reason)
  connection.addEventListener('abort', () => {
    if (!stdin || stdin.destroyed) return abort()
    const drain = clock.after(STDIN_DRAIN_MS, abort)
    stdin.once('close', () => {
      drain[Symbol.dispose]()
      abort()
    })
  })
  return over.signal
}

/** Ends a stream and waits until its bytes have left, or cannot any more. */
async function ended(stream: MultiplexedStream | undefined): Promise<void> {
  if (!stream || stream.destroyed) return
  stream.end()
  await flushed(stream)
}
