import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { systemClock } from '../base/clock.node.ts'
import { REQUEST_CONNECTION_HEADERS, RESPONSE_CONNECTION_HEADERS } from './connection-headers.ts'
import { bridge } from './bridge.node.ts'
import {
  requestUpgrade,
  type DialOptions,
  type UpgradeAnswer,
  type UpgradeTarget,
} from './dial-upgrade.node.ts'
import { endSocket } from './end-socket.node.ts'
import { headerNames } from './protocols.ts'
import { failureStatus, type StreamStatus } from './status.ts'
import {
  refuseUpgradeWithStatus,
  responseHead,
  takeOver,
  type UpgradeRequest,
} from './upgrade.node.ts'

/** A WebSocket client that cannot set headers (a browser) hands its token over as a subprotocol with this prefix. */
const BEARER_PROTOCOL_PREFIX = 'base64url.bearer.authorization.k8s.io.'

/** Belong to one connection, or say who the client is, which is ours to say now. */
const HEADERS_NOT_SENT = new Set([
  ...REQUEST_CONNECTION_HEADERS,
  'authorization',
  'content-length',
  'cookie',
  'expect',
  'host',
])

/**
 * Hands an upgrade request on to another server, with our credentials in place of the client's, and then carries bytes
 * in both directions, whatever they mean. An answer that does not upgrade goes to the client as it is; where there is
 * none, the client gets a Status. Resolves when both connections are closed.
 */
export async function proxyUpgrade(
  upgrade: UpgradeRequest,
  target: UpgradeTarget,
  options: DialOptions = {},
): Promise<void> {
  const { request, socket, head } = upgrade
  // At once: after the client has half-closed it would be too late for what came with the request.
  if (!takeOver(socket, head)) return
  const clientLeft = new AbortController()
  const onClientClose = (): void => clientLeft.abort()
  socket.once('close', onClientClose)
  const signal = AbortSignal.any([clientLeft.signal, ...(options.signal ? [options.signal] : [])])
  let answer: UpgradeAnswer
  try {
    answer = await requestUpgrade(target, request.method ?? 'GET', headersFor(request), {
      ...options,
      signal,
    })
  } catch (error) {
    if (!clientLeft.signal.aborted)
      refuseUpgradeWithStatus(socket, dialStatus(error, options.signal))
    return
  }
  const clock = options.clock ?? systemClock
  const { response } = answer
  if (answer.type === 'refused') return passOn(response, socket, options)

  socket.write(responseHead(101, response.statusMessage ?? '', rawHeaders(response)))
  const abort = (): void => {
    socket.destroy()
    answer.socket.destroy()
  }
  options.signal?.addEventListener('abort', abort, { once: true })
  await bridge(socket, answer.socket, clock)
  options.signal?.removeEventListener('abort', abort)
}

function headersFor(request: IncomingMessage): OutgoingHttpHeaders {
  const headers: Record<string, readonly string[]> = {}
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    const ours =
      HEADERS_NOT_SENT.has(name) || name.startsWith('impersonate-') || name.startsWith('x-remote-')
    if (values && !ours) headers[name] = values
  }
  const protocols = headerNames(headers['sec-websocket-protocol'])
  const harmless = protocols.filter((name) => !name.startsWith(BEARER_PROTOCOL_PREFIX))
  if (protocols.length > harmless.length) headers['sec-websocket-protocol'] = [harmless.join(', ')]
  const address = request.socket.remoteAddress
  if (address)
    headers['x-forwarded-for'] = [[...(headers['x-forwarded-for'] ?? []), address].join(', ')]
  return headers as OutgoingHttpHeaders
}

async function passOn(
  response: IncomingMessage,
  socket: Duplex,
  options: DialOptions,
): Promise<void> {
  const code = response.statusCode ?? 0
  if (code < 400) {
    response.destroy()
    refuseUpgradeWithStatus(
      socket,
      failureStatus(500, '', `invalid upgrade response: status code ${code}`),
    )
    return
  }
  const headers = rawHeaders(response).filter(
    ([name]) => !RESPONSE_CONNECTION_HEADERS.has(name.toLowerCase()),
  )
  socket.write(
    responseHead(code, response.statusMessage ?? '', [...headers, ['Connection', 'close']]),
  )
  const abort = (): void => void response.destroy()
  socket.once('close', abort)
  options.signal?.addEventListener('abort', abort, { once: true })
  await copyBody(response, socket)
  options.signal?.removeEventListener('abort', abort)
  endSocket(socket, options.clock ?? systemClock)
}

async function copyBody(response: IncomingMessage, socket: Duplex): Promise<void> {
  const done = Promise.withResolvers<void>()
  response.on('error', () => undefined)
  response.once('close', done.resolve)
  response.pipe(socket, { end: false })
  await done.promise
}

function rawHeaders({ rawHeaders }: IncomingMessage): (readonly [string, string])[] {
  return Array.from(
    { length: rawHeaders.length / 2 },
    (_, i) => [rawHeaders[2 * i]!, rawHeaders[2 * i + 1]!] as const,
  )
}

function dialStatus(error: unknown, signal: AbortSignal | undefined): StreamStatus {
  if (signal?.aborted) return failureStatus(503, 'ServiceUnavailable', 'apiserver is shutting down')
  return failureStatus(500, '', `error dialing backend: ${dialProblem(error)}`)
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'connect: connection timed out',
  ECONNRESET: 'read: connection reset by peer',
}

/** What went wrong, in Go's words where they are known. */
function dialProblem(error: unknown): string {
  const {
    code = '',
    address,
    port,
    message,
  } = error as Partial<NodeJS.ErrnoException> & { address?: string; port?: number }
  const text = SYSTEM_ERRORS[code] ?? message ?? String(error)
  return address && port ? `dial tcp ${address}:${port}: ${text}` : text
}
