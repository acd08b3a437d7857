import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { dialSpdy, type DialOptions, type UpgradeTarget } from './dial-upgrade.node.ts'
import type { MultiplexedStream } from './multiplexed-stream.node.ts'
import { carriesResize, SPDY_REMOTE_COMMAND_PROTOCOLS } from './protocols.ts'
import type { RemoteCommandStreams } from './remote-command.node.ts'
import { encodeResize, type TerminalSize } from './resize.ts'
import { decodeStatus, type StreamStatus } from './status.ts'

/** How much of an error stream is kept. */
const ERROR_BYTES_MAX = 1024 * 1024

/**
 * Runs an exec or attach at a server that speaks SPDY/3.1, such as the streaming server of a container runtime, and
 * connects it to `streams`: those of an accepted session, or any others. Ends stdout and stderr.
 *
 * Resolves to how the command ended. Throws `UpgradeError` when the server refuses, and the signal's reason on abort.
 */
export async function dialRemoteCommand(
  target: UpgradeTarget,
  streams: RemoteCommandStreams,
  options: Omit<DialOptions, 'signal'> = {},
): Promise<StreamStatus> {
  const { signal } = streams
  const aborting = signal ? { signal } : {}
  const { connection, protocol } = await dialSpdy(target, SPDY_REMOTE_COMMAND_PROTOCOLS, {
    ...options,
    ...aborting,
  })
  // What was already passed on should arrive, hence not `destroy`.
  const onAbort = (): void => void connection.close()
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const open = async (streamtype: string): Promise<MultiplexedStream> =>
      (await connection.open(new Map([['streamtype', streamtype]]), aborting)).duplex
    // The server starts when all streams are there, and nothing must be sent before.
    const error = await open('error')
    const stdin = streams.stdin && (await open('stdin'))
    const stdout = streams.stdout && (await open('stdout'))
    const stderr = streams.stderr && (await open('stderr'))
    const resize = streams.tty && carriesResize(protocol) ? await open('resize') : undefined

    if (streams.stdin && stdin) void copy(streams.stdin, stdin)
    if (streams.resize && resize) void sendSizes(streams.resize, resize)
    const [text] = await Promise.all([
      readText(error),
      streams.stdout && stdout && copy(stdout, streams.stdout),
      streams.stderr && stderr && copy(stderr, streams.stderr),
    ])
    signal?.throwIfAborted()
    return decodeStatus(protocol, text)
  } finally {
    signal?.removeEventListener('abort', onAbort)
    void connection.close()
  }
}

/** Copies until either end closes, and then closes the other. */
async function copy(from: Readable, to: NodeJS.WritableStream): Promise<void> {
  // That one end closes before it has ended is how streams end when their client leaves.
  await pipeline(from, to).catch(() => undefined)
}

async function sendSizes(
  sizes: AsyncIterable<TerminalSize>,
  stream: MultiplexedStream,
): Promise<void> {
  for await (const size of sizes) {
    if (stream.destroyed) return
    stream.write(encodeResize(size))
  }
  stream.end()
}

/** The text of a stream up to its end or close, cut off where it becomes too long. */
export async function readText(stream: Readable): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  stream.on('data', (chunk: Uint8Array) => {
    if (length < ERROR_BYTES_MAX) chunks.push(chunk)
    length += chunk.length
  })
  const done = Promise.withResolvers<void>()
  stream.once('end', done.resolve)
  stream.once('close', done.resolve)
  await done.promise
  return Buffer.concat(chunks).toString('utf8')
}
