import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { Agent as HttpAgent, request as plainRequest, type IncomingMessage } from 'node:http'
import { linkedAbort } from '../base/async.ts'
import { sleep, type Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.node.ts'
import { encodeJson } from '../schema/json.ts'
import type { Credentials, CredentialSource } from './credentials.node.ts'
import { LineDecoder } from './line-decoder.ts'
import { httpRequest, type HttpRequest } from './paths.ts'
import type { ApiRequest } from './request.ts'
import { readResponse, readWatchLine, type HttpResponse } from './responses.ts'
import type { CallOptions, RawWatchEvent, Transport } from './transport.ts'

export interface HttpsTransportOptions {
  /** The server's URL; a path in it goes before all paths of the API. */
  readonly server: string
  /** The certificate authorities to trust, PEM; the system's where absent. */
  readonly ca?: string
  readonly credentials?: Credentials | CredentialSource
  /** The name to expect in the server's certificate, where it is not the URL's. */
  readonly serverName?: string
  /** Trusts whoever answers. */
  readonly insecureSkipTlsVerify?: boolean
  readonly userAgent?: string
  readonly clock?: Clock
}

const CONNECTIONS_MAX = 32 // For calls; each watch has a connection of its own beside them.
const CALL_TIMEOUT_MS = 65_000 // The server gives up after 60 s, so nobody answers any more.
const KEEP_ALIVE_MS = 30_000 // A peer that is gone without a word is found out by TCP after this.
const RETRIES_MAX = 10
const RETRY_CODES = new Set([429, 503])

/** Carries requests over HTTPS (HTTP/1.1 on connections kept open). Dispose it to close them. */
export function httpsTransport(options: HttpsTransportOptions): Transport & Disposable {
  const clock = options.clock ?? systemClock
  const connections = createConnections(options)

  async function call(request: ApiRequest, { signal }: CallOptions = {}): Promise<unknown> {
    const http = httpRequest(request)
    for (let attempt = 1; ; attempt += 1) {
      const response = await exchange(connections, http, clock, signal)
      const wait = attempt <= RETRIES_MAX ? retryAfterMs(response) : undefined
      if (wait === undefined) return readResponse(request, http, response)
      await sleep(clock, wait, signal ? { signal } : {})
    }
  }

  async function* watch(
    request: ApiRequest,
    { signal }: CallOptions = {},
  ): AsyncGenerator<RawWatchEvent, void, undefined> {
    const http = httpRequest(request)
    const response = await connections.send(http, { watch: true, ...(signal && { signal }) })
    if (response.statusCode !== 200) {
      readResponse(request, http, await readAll(response))
      return
    }
    try {
      const lines = new LineDecoder()
      for await (const chunk of response as AsyncIterable<Uint8Array>) {
        for (const line of lines.push(chunk)) yield readWatchLine(line)
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      // A server that goes away in mid-stream has ended the watch: the watcher begins again from where it was.
      if (!isReset(error)) throw error
    } finally {
      response.destroy()
    }
  }

  return { call, watch, [Symbol.dispose]: () => connections[Symbol.dispose]() }
}

/** Sends a request and reads the answer. A kept connection may have died unseen: what only reads is sent once more. */
async function exchange(
  connections: Connections,
  http: HttpRequest,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  using abort = linkedAbort(signal)
  using _ = clock.after(CALL_TIMEOUT_MS, () => abort.abort(new CallTimeoutError(http)))
  const send = async (): Promise<HttpResponse> =>
    readAll(await connections.send(http, { signal: abort.signal }))
  try {
    return await send()
  } catch (error) {
    if (abort.signal.aborted) throw abort.signal.reason
    if (http.method !== 'GET' || !isReset(error)) throw error
    return await send()
  }
}

/** The server did not answer in time; whether it did what was asked is not known. */
class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError'

  constructor({ method, path }: HttpRequest) {
    super(`Cannot complete ${method} ${path}: the server did not answer in ${CALL_TIMEOUT_MS} ms`)
  }
}

interface Connections extends Disposable {
  send(
    http: HttpRequest,
    options: { readonly signal?: AbortSignal; readonly watch?: boolean },
  ): Promise<IncomingMessage>
}

function createConnections(options: HttpsTransportOptions): Connections {
  const url = new URL(options.server)
  const secure = url.protocol === 'https:'
  const basePath = url.pathname.replace(/\/$/, '')
  let current: { readonly credentials: Credentials; readonly agents: Agents } | undefined

  const agentsFor = async (): Promise<{ credentials: Credentials; agents: Agents }> => {
    const credentials = await credentialsOf(options.credentials)
    if (current?.credentials !== credentials) {
      // Requests under way finish on the old connections, which close when they fall idle.
      current?.agents[Symbol.dispose]()
      current = { credentials, agents: createAgents(options, credentials, secure) }
    }
    return current
  }
  const send: Connections['send'] = async (http, { signal, watch = false }) => {
    signal?.throwIfAborted()
    const { credentials, agents } = await agentsFor()
    const body = http.body === undefined ? undefined : Buffer.from(encodeJson(http.body))
    const request: RequestOptions = {
      method: http.method,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (secure ? 443 : 80),
      path: basePath + http.path,
      agent: watch ? agents.watches : agents.calls,
      headers: headersOf(http, credentials, options.userAgent, body),
      ...(signal && { signal }),
    }
    return roundTrip(request, body, { secure, server: options.server, signal })
  }
  return { send, [Symbol.dispose]: () => current?.agents[Symbol.dispose]() }
}

function roundTrip(
  options: RequestOptions,
  body: Uint8Array | undefined,
  { secure, server, signal }: { secure: boolean; server: string; signal: AbortSignal | undefined },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : plainRequest)(options, resolve)
    request.on('error', (error) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      reject(new Error(`Cannot reach API server at ${server}: ${error.message}`, { cause: error }))
    })
    request.end(body)
  })
}

interface Agents extends Disposable {
  readonly calls: Agent | HttpAgent
  readonly watches: Agent | HttpAgent
}

function createAgents(
  options: HttpsTransportOptions,
  credentials: Credentials,
  secure: boolean,
): Agents {
  const { ca, serverName, insecureSkipTlsVerify } = options
  const kept = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS }
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(insecureSkipTlsVerify && { rejectUnauthorized: false }),
    ...(credentials.type === 'certificate' && { cert: credentials.cert, key: credentials.key }),
  }
  const make = (maxSockets: number): Agent | HttpAgent =>
    secure ? new Agent({ ...kept, ...tls, maxSockets }) : new HttpAgent({ ...kept, maxSockets })
  const [calls, watches] = [make(CONNECTIONS_MAX), make(Infinity)]
  return {
    calls,
    watches,
    [Symbol.dispose]() {
      calls.destroy()
      watches.destroy()
    },
  }
}

async function credentialsOf(source: HttpsTransportOptions['credentials']): Promise<Credentials> {
  if (!source) return NO_CREDENTIALS
  return typeof source === 'function' ? source() : source
}

const NO_CREDENTIALS: Credentials = { type: 'none' }

function headersOf(
  http: HttpRequest,
  credentials: Credentials,
  userAgent = 'trierarch',
  body: Uint8Array | undefined,
): Record<string, string> {
  return {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(credentials.type === 'token' && { authorization: `Bearer ${credentials.token}` }),
    ...(credentials.type === 'basic' && { authorization: basic(credentials) }),
    ...(body && {
      'content-type': http.contentType ?? 'application/json',
      'content-length': String(body.length),
    }),
  }
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

async function readAll(response: IncomingMessage): Promise<HttpResponse> {
  const chunks: Uint8Array[] = []
  for await (const chunk of response as AsyncIterable<Uint8Array>) chunks.push(chunk)
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
  return {
    code: response.statusCode ?? 0,
    body: Buffer.concat(chunks),
    ...(Number.isFinite(seconds) && { retryAfterSeconds: seconds }),
  }
}

function retryAfterMs({ code, retryAfterSeconds }: HttpResponse): number | undefined {
  if (!RETRY_CODES.has(code) || retryAfterSeconds === undefined) return undefined
  return retryAfterSeconds * 1000
}

/** Whether the connection broke, rather than anything being refused. */
function isReset(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET' || code === 'EPIPE') return true
  return error.cause !== undefined && isReset(error.cause)
}
