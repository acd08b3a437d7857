import type { WebSocket } from 'ws'
import { headerNames } from '../../streams/protocols.ts'
import { acceptWebSocket } from '../../streams/upgrade.node.ts'
import { takeOverConnection } from '../../serving/upgrade.node.ts'
import type { HttpExchange, ResponseStream } from '../../serving/exchange.ts'
import type { AcceptWatchSocket } from './watch-socket.ts'

const BUFFERED_BYTES_MAX = 256 * 1024
const BEARER_PREFIX = 'base64url.bearer.authorization.k8s.io.'
const NORMAL_CLOSURE = 1000
const BINARY = 'binary.k8s.io'
const BASE64 = 'base64.binary.k8s.io'

/** Accepts WebSockets for watches. */
export const acceptWatchSocket: AcceptWatchSocket = (exchange) => {
  // What is spoken is the same whatever the client calls it.
  const ws = accept(exchange, (offered) => offered)
  return ws && streamOf(ws, (bytes) => ws.send(bytes, { binary: false }))
}

/** Accepts WebSockets for logs: each write is one message, of the bytes themselves or, where asked for, in base64. */
export const acceptLogSocket: AcceptWatchSocket = (exchange) => {
  const ws = accept(exchange, () => [BINARY, BASE64])
  return (
    ws &&
    streamOf(ws, (bytes) =>
      ws.protocol === BASE64
        ? ws.send(Buffer.from(bytes).toString('base64'), { binary: false })
        : ws.send(bytes, { binary: true }),
    )
  )
}

function accept(
  exchange: HttpExchange,
  protocolsOf: (offered: readonly string[]) => readonly string[],
): WebSocket | undefined {
  const upgrade = takeOverConnection(exchange)
  if (!upgrade) return undefined
  const { rawRequest: request, socket, head } = upgrade
  // The name that carries the client's token is no protocol.
  const offered = headerNames(request.headers['sec-websocket-protocol']).filter(
    (name) => !name.startsWith(BEARER_PREFIX),
  )
  return acceptWebSocket({ request, socket, head }, ['', ...protocolsOf(offered)])?.ws
}

function streamOf(ws: WebSocket, send: (bytes: Uint8Array) => void): ResponseStream {
  ws.on('error', () => undefined) // It closes, too.
  // Whatever the client says, nobody listens.
  ws.on('message', () => undefined)
  return {
    write(bytes) {
      if (ws.readyState === ws.OPEN) send(bytes)
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
