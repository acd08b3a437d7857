import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Duplex } from 'node:stream'
import { systemClock } from '../base/clock.node.ts'
import type { Clock } from '../base/clock.ts'
import { REMOTE_COMMAND_V1 } from './protocols.ts'
import { spdyConnection, type SpdyConnection } from './spdy/connection.node.ts'
import { parseStatus, type StreamStatus } from './status.ts'

/** How long the other end may take to answer an upgrade request. */
const DIAL_TIMEOUT_MS = 30_000

/** How much of the body of a refusal is read for the error message. */
const REFUSAL_BYTES_MAX = 64 * 1024

/** Where to upgrade a connection. */
export interface UpgradeTarget {
  /** `http:` or `https:`. */
  readonly url: URL
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** For `https:`, in PEM: whom to trust, and who we are. */
  readonly tls?: {
    readonly ca?: string | readonly string[]
    readonly cert?: string
    readonly key?: string
    readonly servername?: string
    /** Whether the other's certificate must verify. Default: yes. */
    readonly rejectUnauthorized?: boolean
  }
  /** Finds the address of a name, and may refuse it. */
  readonly lookup?: LookupFunction
}

export interface DialOptions {
  readonly clock?: Clock
  readonly signal?: AbortSignal
  /** Closes a connection on which nothing moves; four hours when absent. */
  readonly idleTimeoutMs?: number
}

/** The other end answered, but does not upgrade. */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError'
  /** The HTTP status code of the answer. */
  readonly code: number
  /** The Status in the answer, if there was one. */
  readonly status: StreamStatus | undefined

  constructor(code: number, body: string) {
    const status = parseStatus(body)
    super(`unable to upgrade connection: ${status?.message ?? body.trim()}`)
    this.code = code
    this.status = status
  }
}

export type UpgradeAnswer =
  | { readonly type: 'upgraded'; readonly response: IncomingMessage; readonly socket: Duplex }
  | { readonly type: 'refused'; readonly response: IncomingMessage }

/**
 * Sends an upgrade request, whose headers are the caller's. Resolves when the answer's head is there.
 * Rejects when there is no connection or no HTTP.
 */
export async function requestUpgrade(
  target: UpgradeTarget,
  method: string,
  headers: OutgoingHttpHeaders,
  { clock = systemClock, signal }: DialOptions = {},
): Promise<UpgradeAnswer> {
  signal?.throwIfAborted()
  const answer = Promise.withResolvers<UpgradeAnswer>()
  const { ca, ...tls } = target.tls ?? {}
  const send = target.url.protocol === 'https:' ? httpsRequest : httpRequest
  const options = {
    method,
    agent: false,
    ...tls,
    ...(ca && { ca: [ca].flat() }),
    ...(target.lookup && { lookup: target.lookup }),
  } as const
  const request = send(target.url, {
    ...options,
    headers: { ...target.headers, ...headers } as OutgoingHttpHeaders,
  })
  request.on('error', answer.reject)
  request.on('response', (response) => answer.resolve({ type: 'refused', response }))
  request.on('upgrade', (response, socket, head) => {
    socket.on('error', () => undefined) // Whoever takes the socket sees it close.
    if (head.length > 0) socket.unshift(head)
    answer.resolve({ type: 'upgraded', response, socket })
  })
  request.end()
  using _timeout = clock.after(DIAL_TIMEOUT_MS, () => request.destroy(new Error('i/o timeout')))
  // Not the request's own `signal`, which would break the connection off even after it was upgraded.
  const onAbort = (): void => void request.destroy(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await answer.promise
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Opens a SPDY/3.1 connection and says which of the protocols the server chose. Throws `UpgradeError` when refused. */
export async function dialSpdy(
  target: UpgradeTarget,
  protocols: readonly string[],
  options: DialOptions = {},
): Promise<{ readonly connection: SpdyConnection; readonly protocol: string }> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'SPDY/3.1',
    'X-Stream-Protocol-Version': [...protocols],
  }
  const answer = await requestUpgrade(target, 'POST', headers, options)
  if (answer.type === 'refused') throw await upgradeError(answer.response)
  const { response, socket } = answer
  if (!response.headers.upgrade?.toLowerCase().includes('spdy/3.1')) {
    socket.destroy()
    throw new UpgradeError(101, 'missing upgrade headers in response')
  }
  // A server that does not negotiate speaks the first version.
  const protocol = response.headersDistinct['x-stream-protocol-version']?.[0] ?? REMOTE_COMMAND_V1
  const { clock, idleTimeoutMs } = options
  const limits = { ...(clock && { clock }), ...(idleTimeoutMs !== undefined && { idleTimeoutMs }) }
  return { connection: spdyConnection(socket, { role: 'client', ...limits }), protocol }
}

async function upgradeError(response: IncomingMessage): Promise<UpgradeError> {
  let body = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    body += chunk as string
    if (body.length > REFUSAL_BYTES_MAX) break
  }
  return new UpgradeError(response.statusCode ?? 0, body)
}
