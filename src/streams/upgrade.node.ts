import { STATUS_CODES, type IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { systemClock } from '../base/clock.node.ts'
import { endSocket } from './end-socket.node.ts'
import { headerNames, negotiate } from './protocols.ts'

/** The longest WebSocket message that is read, as in golang.org/x/net/websocket. */
const MESSAGE_BYTES_MAX = 32 * 1024 * 1024

const TCP_KEEP_ALIVE_MS = 15_000 // Go's default.

/** An HTTP/1.1 request to upgrade, as the `upgrade` event of a server gives it. */
export interface UpgradeRequest {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** The first bytes of the upgraded protocol, if they came with the request. */
  readonly head: Uint8Array
}

/** What a request wants to be upgraded to. */
export function upgradeKind({ headers }: IncomingMessage): 'spdy' | 'websocket' | undefined {
  const upgrade = headers.upgrade?.toLowerCase() ?? ''
  if (!headers.connection?.toLowerCase().includes('upgrade')) return undefined
  if (upgrade === 'websocket') return 'websocket'
  return upgrade.includes('spdy/3.1') ? 'spdy' : undefined
}

/** Answers an upgrade request with an ordinary response, as Go's `http.Error` does, and closes. */
export function refuseUpgrade(
  socket: Duplex,
  code: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const all = {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  }
  socket.on('error', () => socket.destroy())
  socket.write(responseHead(code, STATUS_CODES[code] ?? '', Object.entries(all)) + body)
  endSocket(socket, systemClock)
}

/** Like `refuseUpgrade`, with a metav1.Status or another object as JSON. */
export function refuseUpgradeWithStatus(socket: Duplex, status: { readonly code?: number }): void {
  refuseUpgrade(socket, status.code ?? 500, `${JSON.stringify(status)}\n`, {
    'Content-Type': 'application/json',
  })
}

/**
 * Upgrades to SPDY/3.1 with the first of the client's protocols that is in `protocols`; the socket is SPDY's then.
 * Answers the request and returns undefined when there is none.
 */
export function acceptSpdy(
  { request, socket, head }: UpgradeRequest,
  protocols: readonly string[],
): string | undefined {
  const header = request.headersDistinct['x-stream-protocol-version']
  const client = headerNames(header)
  if (client.length === 0) {
    refuseUpgrade(socket, 400, protocolHeaderProblem(header, request))
    return undefined
  }
  const protocol = negotiate(client, protocols)
  if (protocol === undefined) {
    const problem = `client supports ${goList(client)}, server accepts ${goList(protocols)}`
    const body = `unable to upgrade: unable to negotiate protocol: ${problem}\n`
    refuseUpgrade(socket, 403, body, {
      'X-Accepted-Stream-Protocol-Versions': protocols.join(', '),
    })
    return undefined
  }
  if (!takeOver(socket, head)) return undefined
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'SPDY/3.1',
    'X-Stream-Protocol-Version': protocol,
  }
  socket.write(responseHead(101, 'Switching Protocols', Object.entries(headers)))
  return protocol
}

export interface AcceptedWebSocket {
  readonly ws: WebSocket
  readonly protocol: string
}

/**
 * Upgrades to a WebSocket with the first of the client's subprotocols that is in `protocols`, where the empty name
 * stands for none. Answers the request and returns undefined when there is none, or `problem` finds one (a Bad Request).
 */
export function acceptWebSocket(
  { request, socket, head }: UpgradeRequest,
  protocols: readonly string[],
  problem: (protocol: string) => string | undefined = () => undefined,
): AcceptedWebSocket | undefined {
  const client = headerNames(request.headers['sec-websocket-protocol'])
  const protocol = negotiate(client.length === 0 ? [''] : client, protocols)
  if (protocol === undefined) {
    const body = `requested protocol(s) are not supported: ${goList(client)}; supports ${goList(protocols)}`
    refuseUpgrade(socket, 403, body)
    return undefined
  }
  const found = problem(protocol)
  if (found !== undefined) {
    refuseUpgrade(socket, 400, `${found}\n`)
    return undefined
  }
  if (!takeOver(socket, head)) return undefined
  const ws = handshake(request, socket, protocol)
  return ws && { ws, protocol }
}

/**
 * `SPDY/3.1+portforward.k8s.io` is no token in the sense of RFC 6455, so that `ws` would refuse it: the choice of the
 * subprotocol stays here.
 */
function handshake(
  request: IncomingMessage,
  socket: Duplex,
  protocol: string,
): WebSocket | undefined {
  const server = new WebSocketServer({
    noServer: true,
    autoPong: false,
    clientTracking: false,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  })
  server.on('headers', (headers) => {
    if (protocol !== '') headers.push(`Sec-WebSocket-Protocol: ${protocol}`)
  })
  server.on('wsClientError', (error) =>
    refuseUpgrade(socket, 400, `unable to upgrade: ${error.message}\n`),
  )
  const { 'sec-websocket-protocol': _, ...headers } = request.headers
  const stripped = Object.create(request, { headers: { value: headers } }) as IncomingMessage
  let accepted: WebSocket | undefined
  // With neither `verifyClient` nor extensions this calls back before it returns, if at all.
  server.handleUpgrade(stripped, socket, Buffer.alloc(0), (ws) => {
    accepted = ws
  })
  return accepted
}

/**
 * From HTTP's settings for a socket to those of a stream that may be silent for hours. False when the client has left:
 * to decide about a request takes time.
 */
export function takeOver(socket: Duplex, head: Uint8Array): boolean {
  socket.on('error', () => undefined) // It closes, too.
  if (socket.destroyed || socket.readableEnded) {
    socket.destroy()
    return false
  }
  if (socket instanceof Socket) {
    socket.setTimeout(0)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS)
  }
  if (head.length > 0) socket.unshift(head)
  return true
}

/** The first lines of a response, up to and including the empty one. */
export function responseHead(
  code: number,
  reason: string,
  headers: Iterable<readonly [string, string]>,
): string {
  const lines = Array.from(headers, ([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${code} ${reason}\r\n${lines.join('')}\r\n`
}

function protocolHeaderProblem(
  header: readonly string[] | undefined,
  request: IncomingMessage,
): string {
  const name = 'X-Stream-Protocol-Version'
  const count = Object.keys(request.headers).length
  if (!header)
    return `unable to upgrade: header ${name} does not exist in request with ${count} headers\n`
  return `unable to upgrade: header ${name} contains ${goList(header)}, but no valid protocols\n`
}

/** As Go's `%v` writes a list of strings. */
function goList(names: readonly string[]): string {
  return `[${names.join(' ')}]`
}
