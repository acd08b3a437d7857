import type { Duplex } from 'node:stream'
import { systemClock } from '../base/clock.node.ts'
import type { Clock } from '../base/clock.ts'
import type { AcceptOptions } from './accept-remote-command.node.ts'
import { portForwardPorts } from './options.ts'
import { forwardPair, streamPairs, type Forward } from './port-forward.node.ts'
import {
  PORT_FORWARD_TUNNEL,
  REMOTE_COMMAND_V4_BASE64,
  SPDY_PORT_FORWARD_PROTOCOLS,
  WEBSOCKET_PORT_FORWARD_PROTOCOLS,
} from './protocols.ts'
import { IDLE_TIMEOUT_MS, spdyConnection } from './spdy/connection.node.ts'
import {
  acceptSpdy,
  acceptWebSocket,
  refuseUpgrade,
  upgradeKind,
  type AcceptedWebSocket,
  type UpgradeRequest,
} from './upgrade.node.ts'
import { webSocketChannels } from './websocket/channels.node.ts'
import { webSocketTunnel } from './websocket/tunnel.node.ts'

/** The server's end of a port-forward. */
export interface PortForwardSession {
  /** Aborts when the connection is over, whoever ended it. */
  readonly signal: AbortSignal
  /** Ends all forwarded connections and closes. Resolves when the socket is closed. */
  close(): Promise<void>
  destroy(): void
}

/**
 * Upgrades a port-forward to what its client speaks: SPDY/3.1, SPDY/3.1 inside a WebSocket, or plain WebSocket channels
 * whose ports are in the query. Calls `forward` for each connection that the client makes.
 * Returns undefined when the request was refused, which it has been told then.
 */
export function acceptPortForward(
  upgrade: UpgradeRequest,
  forward: Forward,
  accept: AcceptOptions = {},
): PortForwardSession | undefined {
  const limits = {
    clock: accept.clock ?? systemClock,
    idleTimeoutMs: accept.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
  }
  switch (upgradeKind(upgrade.request)) {
    case 'spdy': {
      const protocol = acceptSpdy(upgrade, SPDY_PORT_FORWARD_PROTOCOLS)
      return protocol === undefined ? undefined : overSpdy(upgrade.socket, forward, limits)
    }
    case 'websocket': {
      const ports = portForwardPorts(
        new URL(upgrade.request.url ?? '', 'http://localhost').searchParams,
      )
      const accepted = acceptWebSocket(upgrade, WEBSOCKET_PORT_FORWARD_PROTOCOLS, (protocol) =>
        needsPorts(protocol) && typeof ports === 'string' ? ports : undefined,
      )
      if (!accepted) return undefined
      if (needsPorts(accepted.protocol))
        return overChannels(accepted, ports as readonly number[], forward, limits)
      return overSpdy(webSocketTunnel(accepted.ws, limits.clock), forward, limits)
    }
    default:
      refuseUpgrade(upgrade.socket, 400, 'unable to upgrade: missing upgrade headers in request\n')
      return undefined
  }
}

function needsPorts(protocol: string): boolean {
  return protocol !== PORT_FORWARD_TUNNEL
}

interface Limits {
  readonly clock: Clock
  readonly idleTimeoutMs: number
}

function overSpdy(socket: Duplex, forward: Forward, limits: Limits): PortForwardSession {
  const pairs = streamPairs(limits.clock, (pair) => void forwardPair(pair, forward))
  const connection = spdyConnection(socket, {
    role: 'server',
    ...limits,
    refuses: (headers) => !pairs.accepts(headers),
    onStream: (stream) => pairs.add(stream),
  })
  connection.signal.addEventListener('abort', () => pairs[Symbol.dispose]())
  return connection
}

/** Channels 2n and 2n+1 carry data and errors of the n-th port. Each begins with its port, little-endian. */
function overChannels(
  { ws, protocol }: AcceptedWebSocket,
  ports: readonly number[],
  forward: Forward,
  limits: Limits,
): PortForwardSession {
  const connection = webSocketChannels(ws, {
    codec: protocol === REMOTE_COMMAND_V4_BASE64 ? 'base64' : 'binary',
    modes: ports.flatMap(() => ['both', 'write'] as const),
    closeSignal: false,
    ...limits,
  })
  const forwarding = ports.map((port, i) => {
    const [data, error] = [connection.streams[2 * i]!, connection.streams[2 * i + 1]!]
    const prefix = Uint8Array.of(port & 0xff, port >> 8)
    data.write(prefix)
    error.write(prefix)
    return forwardPair({ port, data, error }, forward)
  })
  void Promise.all(forwarding).then(() => connection.close())
  return connection
}
