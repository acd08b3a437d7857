import type { WebSocket } from 'ws'
import { headerNames } from '../../streams/protocols.ts'
import { acceptWebSocket } from '../../streams/upgrade.node.ts'
import { takeOverConnection } from '../../serving/upgrade.node.ts'
import type { ResponseStream } from '../../serving/exchange.ts'
import type { AcceptWatchSocket } from './watch-socket.ts'

const BUFFERED_BYTES_MAX = 256 * 1024
const BEARER_PREFIX = 'base64url.bearer.authorization.k8s.io.'
const NORMAL_CLOSURE = 1000

/** Accepts WebSockets for watches. */
export const acceptWatchSocket: AcceptWatchSocket = (exchange) => {
  const upgrade = takeOverConnection(exchange)
  if (!upgrade) return undefined
  const { rawRequest: request, socket, head } = upgrade
  // What is spoken is the same whatever the client calls it, but the name that carries its token is none.
  const offered = headerNames(request.headers['sec-websocket-protocol'])
  const names = offered.filter((name) => !name.startsWith(BEARER_PREFIX))
  const accepted = acceptWebSocket({ request, socket, head }, ['', ...names])
  return accepted && streamOf(accepted.ws)
}

function streamOf(ws: WebSocket): ResponseStream {
  ws.on('error', () => undefined) // It closes, too.
  // Whatever the client says, nobody listens.
  ws.on('message', () => undefined)
  return {
    write(bytes) {
      if (ws.readyState === ws.OPEN) ws.send(bytes, { binary: false })
      return ws.bufferedAmount < BUFFERED_BYTES_MAX
    },
    drained: () => drained(ws),
    get bufferedBytes() {
      return ws.bufferedAmount
    },
    end: () => ws.close(NORMAL_CLOSURE),
    destroy: () => ws.terminate(),
  }
}

function drained(ws: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (ws.readyState !== ws.OPEN) return resolve()
    ws.once('close', () => resolve())
    // An empty ping is sent after all that waits, and calls back when it is.
    ws.ping(undefined, false, () => resolve())
  })
}
