import { Agent as HttpAgent, request as plainRequest, type IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { encodeJson } from '../schema/json.ts'
import type { Credentials, CredentialSource } from './credentials.node.ts'
import type { HttpRequest } from './paths.ts'
import type { RequestObserver } from './rest-client-metrics.ts'

/** Which server to connect to, and as whom. */
export interface ConnectionOptions {
  /** The server's URL; a path in it goes before all paths of the API. */
  readonly server: string
  /** The certificate authorities to trust, PEM, now or for each new connection; the system's where absent. */
  readonly ca?: string | (() => string)
  readonly credentials?: Credentials | CredentialSource
  /** The name to expect in the server's certificate, where it is not the URL's. */
  readonly serverName?: string
  /** Trusts whoever answers. */
  readonly insecureSkipTlsVerify?: boolean
  readonly userAgent?: string
  /** Is told of the requests to a server, by its host. */
  readonly observe?: (host: string) => RequestObserver
}

const CONNECTIONS_MAX = 32 // For calls; each watch has a connection of its own beside them.
const KEEP_ALIVE_MS = 30_000 // A peer that is gone without a word is found out by TCP after this.

/** Connections to a server, kept open between requests. */
export interface Connections extends Disposable {
  readonly observer: RequestObserver | undefined
  send(
    http: HttpRequest,
    options: { readonly signal?: AbortSignal; readonly watch?: boolean },
  ): Promise<IncomingMessage>
}

export function createConnections(options: ConnectionOptions): Connections {
  const url = new URL(options.server)
  const secure = url.protocol === 'https:'
  const basePath = url.pathname.replace(/\/$/, '')
  const observer = options.observe?.(url.host)
  let current: Current | undefined
  const all = new Set<Agents>()

  const agentsFor = async (): Promise<Current> => {
    const credentials = await credentialsOf(options.credentials)
    const ca = typeof options.ca === 'function' ? options.ca() : options.ca
    if (!current || current.credentials !== credentials || current.ca !== ca) {
      // Requests under way finish on the old connections, which close when they fall idle.
      current?.agents.retire()
      for (const each of all) if (each.isUnused()) all.delete(each)
      const agents = createAgents(options, { credentials, ca }, secure)
      current = { credentials, ca, agents }
      all.add(agents)
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
    if (body) observer?.sent(http.method, body.length)
    try {
      const answer = await roundTrip(request, body, { secure, server: options.server, signal })
      observer?.attempted(http.method, answer.statusCode ?? 0)
      return answer
    } catch (error) {
      observer?.attempted(http.method, '<error>')
      throw error
    }
  }
  return {
    observer,
    send,
    [Symbol.dispose]() {
      for (const agents of all) agents[Symbol.dispose]()
    },
  }
}

/** What a connection is made with. */
interface Identity {
  readonly credentials: Credentials
  readonly ca: string | undefined
}

interface Current extends Identity {
  readonly agents: Agents
}

/** The connection failed, before there was an answer. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
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
      reject(
        new UnreachableError(`Cannot reach API server at ${server}: ${error.message.trim()}`, {
          cause: error,
        }),
      )
    })
    request.end(body)
  })
}

interface Agents extends Disposable {
  readonly calls: Agent | HttpAgent
  readonly watches: Agent | HttpAgent
  /** Keeps no connection any more that nobody uses. */
  retire(): void
  isUnused(): boolean
}

function createAgents(
  { serverName, insecureSkipTlsVerify }: ConnectionOptions,
  { credentials, ca }: Identity,
  secure: boolean,
): Agents {
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
    retire() {
      retire(calls)
      retire(watches)
    },
    isUnused: () => [calls, watches].every(({ sockets }) => Object.keys(sockets).length === 0),
    [Symbol.dispose]() {
      calls.destroy()
      watches.destroy()
    },
  }
}

// Disposing an agent would break off what is under way.
function retire(agent: Agent | HttpAgent): void {
  Object.assign(agent, { keepAlive: false }) // What Node.js looks at when a connection falls idle.
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy()
}

async function credentialsOf(source: ConnectionOptions['credentials']): Promise<Credentials> {
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
