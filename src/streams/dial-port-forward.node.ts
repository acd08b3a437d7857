import type { Duplex } from 'node:stream'
import { systemClock } from '../base/clock.node.ts'
import type { Clock } from '../base/clock.ts'
import { bridge } from './bridge.node.ts'
import { readText } from './dial-remote-command.node.ts'
import { dialSpdy, type DialOptions, type UpgradeTarget } from './dial-upgrade.node.ts'
import { flushed } from './multiplexed-stream.node.ts'
import type { Forward } from './port-forward.node.ts'
import { SPDY_PORT_FORWARD_PROTOCOLS } from './protocols.ts'

/** A connection to a port of a pod. */
interface PortConnection {
  /** The bytes of the connection; half-closes. */
  readonly data: Duplex
  /** Resolves when the connection is over: to what went wrong, or to the empty text. */
  readonly error: Promise<string>
}

/** The client's end of a port-forward, over which any number of connections can be made. */
export interface PortForwardClient extends AsyncDisposable {
  connect(port: number, options?: { readonly signal?: AbortSignal }): Promise<PortConnection>
  /** Aborts when the server or the network ended the port-forward. */
  readonly signal: AbortSignal
}

/**
 * Starts a port-forward at a server that speaks SPDY/3.1, such as the streaming server of a container runtime.
 * Throws `UpgradeError` when the server refuses.
 */
export async function dialPortForward(
  target: UpgradeTarget,
  options: DialOptions = {},
): Promise<PortForwardClient> {
  const { connection } = await dialSpdy(target, SPDY_PORT_FORWARD_PROTOCOLS, options)
  let connections = 0
  return {
    signal: connection.signal,
    async connect(port, aborting = {}) {
      const requestid = String(connections++)
      const headers = (streamtype: string) =>
        new Map(Object.entries({ streamtype, port: String(port), requestid }))
      const error = await connection.open(headers('error'), aborting)
      error.duplex.end() // Only the server writes to it.
      const { duplex: data } = await connection.open(headers('data'), aborting)
      return { data, error: readText(error.duplex) }
    },
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** Carries connections of an accepted port-forward on over another one. */
export function forwardThrough(client: PortForwardClient, clock: Clock = systemClock): Forward {
  return async ({ port, data, signal }) => {
    const remote = await client.connect(port, { signal })
    void bridge(data, remote.data, clock)
    const message = await remote.error
    if (message !== '') throw new Error(message)
    // The error stream ends first; what the pod sent may still be on its way.
    await flushed(data)
  }
}
