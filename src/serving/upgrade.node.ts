import type { HttpExchange } from './exchange.ts'
import { Http1Exchange, type UpgradeConnection } from './http1.node.ts'

/**
 * Takes the connection of a request for an upgrade over: the caller answers the request itself, on the socket.
 * Undefined when the request is none. Throws `AlreadyRespondedError`.
 */
export function takeOverConnection(exchange: HttpExchange): UpgradeConnection | undefined {
  return exchange instanceof Http1Exchange ? exchange.takeOver() : undefined
}
