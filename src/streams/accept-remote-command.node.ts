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
import {
  remoteCommandSession,
  type RemoteCommandSession,
  type SessionChannels,
} from './remote-command-session.node.ts'
import { IDLE_TIMEOUT_MS, spdyConnection } from './spdy/connection.node.ts'
import type { SpdyHeaders } from './spdy/frames.ts'
import {
  acceptSpdy,
  acceptWebSocket,
  refuseUpgrade,
  upgradeKind,
  type UpgradeRequest,
} from './upgrade.node.ts'
import { webSocketChannels } from './websocket/channels.node.ts'

/** How long a SPDY client may take to open the streams that it asked for. */
const STREAM_CREATION_TIMEOUT_MS = 30_000

export interface AcceptOptions {
  readonly clock?: Clock
  /** Closes a connection on which nothing moves; four hours when absent. */
  readonly idleTimeoutMs?: number
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
    onStream({ headers, duplex }) {
      arrived.set(streamType(headers), duplex)
      if (arrived.size === expected.size) complete.resolve()
    },
  })
  const timeout = clock.after(STREAM_CREATION_TIMEOUT_MS, () => void connection.close())
  connection.signal.addEventListener('abort', () => complete.resolve(), { once: true })
  await complete.promise
  timeout[Symbol.dispose]()
  if (connection.signal.aborted) return undefined
  return remoteCommandSession(
    protocol,
    options.tty,
    Object.fromEntries(arrived) as unknown as SessionChannels,
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
  const channels: SessionChannels = {
    ...(options.stdin && { stdin: at(CHANNEL.stdin) }),
    ...(options.stdout && { stdout: at(CHANNEL.stdout) }),
    ...(options.stderr && { stderr: at(CHANNEL.stderr) }),
    ...(options.tty && { resize: at(CHANNEL.resize) }),
    error: at(CHANNEL.error),
  }
  // An empty message tells the client that the connection stands.
  const first = channels.stdout ?? channels.stderr ?? channels.error
  first.write(new Uint8Array(0))
  return remoteCommandSession(protocol, options.tty, channels, connection, clock)
}
