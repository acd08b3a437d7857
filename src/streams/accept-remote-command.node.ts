import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { systemClock } from '../base/clock.node.ts'
import type { Clock } from '../base/clock.ts'
import type { MultiplexedStream } from './multiplexed-stream.node.ts'
import type { RemoteCommandOptions } from './options.ts'
import {
  carriesResize,
  CHANNEL,
  REMOTE_COMMAND_V1_BASE64,
  REMOTE_COMMAND_V4_BASE64,
  REMOTE_COMMAND_V5,
  SPDY_REMOTE_COMMAND_PROTOCOLS,
  WEBSOCKET_REMOTE_COMMAND_PROTOCOLS,
} from './protocols.ts'
import type { RemoteCommandStreams } from './remote-command.node.ts'
import { resizeDecoder, resizeQueue, type ResizeQueue } from './resize.ts'
import { IDLE_TIMEOUT_MS, spdyConnection, type SpdyStream } from './spdy/connection.node.ts'
import type { SpdyHeaders } from './spdy/frames.ts'
import { encodeStatus, type StreamStatus } from './status.ts'
import {
  acceptSpdy,
  acceptWebSocket,
  refuseUpgrade,
  upgradeKind,
  type UpgradeRequest,
} from './upgrade.node.ts'
import { webSocketChannels } from './websocket/channels.node.ts'

/** How long a SPDY client may take to open the streams that it asked for. */
export const STREAM_CREATION_TIMEOUT_MS = 30_000

/** How long what a client typed before it closed may take to be read. */
export const STDIN_DRAIN_MS = 30_000

export interface AcceptOptions {
  readonly clock?: Clock
  /** Closes a connection on which nothing moves; four hours when absent. */
  readonly idleTimeoutMs?: number
}

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

interface Channels {
  readonly stdin?: MultiplexedStream
  readonly stdout?: MultiplexedStream
  readonly stderr?: MultiplexedStream
  readonly resize?: MultiplexedStream
  readonly error: MultiplexedStream
}

/**
 * Upgrades an exec or attach to what its client speaks: SPDY/3.1 or WebSocket, in any version.
 * Resolves to undefined when the request was refused, which it has been told then, or the client left.
 */
export async function acceptRemoteCommand(
  upgrade: UpgradeRequest,
  options: RemoteCommandOptions,
  accept: AcceptOptions = {},
): Promise<RemoteCommandSession | undefined> {
  switch (upgradeKind(upgrade.request)) {
    case 'spdy':
      return acceptOverSpdy(upgrade, options, accept)
    case 'websocket':
      return acceptOverWebSocket(upgrade, options, accept)
    default:
      refuseUpgrade(upgrade.socket, 400, 'unable to upgrade: missing upgrade headers in request\n')
      return undefined
  }
}

async function acceptOverSpdy(
  upgrade: UpgradeRequest,
  options: RemoteCommandOptions,
  accept: AcceptOptions,
): Promise<RemoteCommandSession | undefined> {
  const protocol = acceptSpdy(upgrade, SPDY_REMOTE_COMMAND_PROTOCOLS)
  if (protocol === undefined) return undefined
  const clock = accept.clock ?? systemClock
  const expected = expectedStreams(protocol, options)
  const arrived = new Map<string, MultiplexedStream>()
  const complete = Promise.withResolvers<void>()
  const connection = spdyConnection(upgrade.socket, {
    role: 'server',
    clock,
    idleTimeoutMs: accept.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    refuses: (headers) => !expected.has(streamType(headers)) || arrived.has(streamType(headers)),
    onStream({ headers, duplex }: SpdyStream) {
      arrived.set(streamType(headers), duplex)
      if (arrived.size === expected.size) complete.resolve()
    },
  })
  const timeout = clock.after(STREAM_CREATION_TIMEOUT_MS, () => void connection.close())
  connection.signal.addEventListener('abort', () => complete.resolve(), { once: true })
  await complete.promise
  timeout[Symbol.dispose]()
  if (connection.signal.aborted) return undefined
  return session(
    protocol,
    options.tty,
    Object.fromEntries(arrived) as unknown as Channels,
    connection,
    clock,
  )
}

function streamType(headers: SpdyHeaders): string {
  return headers.get('streamtype') ?? ''
}

function expectedStreams(protocol: string, options: RemoteCommandOptions): ReadonlySet<string> {
  const types = (['stdin', 'stdout', 'stderr'] as const).filter((type) => options[type])
  const resize = options.tty && carriesResize(protocol) ? ['resize'] : []
  return new Set(['error', ...types, ...resize])
}

function acceptOverWebSocket(
  upgrade: UpgradeRequest,
  options: RemoteCommandOptions,
  accept: AcceptOptions,
): RemoteCommandSession | undefined {
  const accepted = acceptWebSocket(upgrade, WEBSOCKET_REMOTE_COMMAND_PROTOCOLS)
  if (!accepted) return undefined
  const { ws, protocol } = accepted
  const clock = accept.clock ?? systemClock
  const connection = webSocketChannels(ws, {
    codec:
      protocol === REMOTE_COMMAND_V4_BASE64 || protocol === REMOTE_COMMAND_V1_BASE64
        ? 'base64'
        : 'binary',
    modes: [
      options.stdin ? 'read' : 'ignore',
      options.stdout ? 'write' : 'ignore',
      options.stderr ? 'write' : 'ignore',
      'write',
      options.tty ? 'read' : 'ignore',
    ],
    closeSignal: protocol === REMOTE_COMMAND_V5,
    clock,
    idleTimeoutMs: accept.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
  })
  const at = (channel: number): MultiplexedStream => connection.streams[channel]!
  const channels: Channels = {
    ...(options.stdin && { stdin: at(CHANNEL.stdin) }),
    ...(options.stdout && { stdout: at(CHANNEL.stdout) }),
    ...(options.stderr && { stderr: at(CHANNEL.stderr) }),
    ...(options.tty && { resize: at(CHANNEL.resize) }),
    error: at(CHANNEL.error),
  }
  // An empty message tells the client that the connection stands.
  const first = channels.stdout ?? channels.stderr ?? channels.error
  first.write(new Uint8Array(0))
  return session(protocol, options.tty, channels, connection, clock)
}

function session(
  protocol: string,
  tty: boolean,
  { error, resize, ...channels }: Channels,
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
async function ended(stream: Writable | undefined): Promise<void> {
  if (!stream || stream.destroyed) return
  stream.end()
  await finished(stream, { readable: false }).catch(() => undefined)
}
