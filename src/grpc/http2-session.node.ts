import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { connect } from 'node:net'

const WINDOW_BYTES = 2 ** 20

/** Whom to trust, and who we are. */
export interface ClientTls {
  /** The authorities that the server's certificate may come from; those of the system when absent. */
  readonly caPem?: string
  readonly certPem?: string
  readonly keyPem?: string
}

export interface SessionOptions {
  readonly tls?: ClientTls
  /** Ask so often whether the server is still there; without it only the operating system notices that it is not. */
  readonly keepAliveMs?: number
}

/** An HTTP/2 session with one of several servers, opened on first use and again when it broke. */
export interface ReconnectingSession extends Disposable {
  /** A session that is connected. Rejects where nobody listens; the next try goes to the next server. */
  get(): Promise<ClientHttp2Session>
}

/**
 * Endpoints are `unix:///path/to.sock` (or a plain path), `http://HOST:PORT` and `https://HOST:PORT`. They are equals:
 * any will do.
 */
export function reconnectingSession(
  endpoints: readonly string[],
  options: SessionOptions,
): ReconnectingSession {
  let current: Promise<ClientHttp2Session> | undefined
  let latest: ClientHttp2Session | undefined
  let closed = false
  let next = 0

  const open = (): Promise<ClientHttp2Session> => {
    const session = sessionWith(endpoints[next]!, options)
    next = (next + 1) % endpoints.length // Whoever fails is not asked again at once.
    const connected = new Promise<ClientHttp2Session>((resolve, reject) => {
      const forget = (): void => {
        if (current === connected) current = undefined
      }
      session.once('connect', () => {
        if (session.destroyed) return // It closed in the meantime.
        session.setLocalWindowSize(WINDOW_BYTES)
        if (options.keepAliveMs) keepAlive(session, options.keepAliveMs)
        resolve(session)
      })
      session.once('goaway', () => {
        forget()
        session.close() // What runs on it may end.
      })
      session.on('error', (error) => {
        forget()
        reject(error)
      })
      session.once('close', () => {
        forget()
        reject(new Error('connection closed'))
      })
    })
    latest = session
    return connected
  }
  return {
    async get() {
      if (closed) throw new Error('connection closed')
      current ??= open()
      return current
    },
    [Symbol.dispose]() {
      closed = true
      latest?.destroy()
    },
  }
}

function sessionWith(endpoint: string, { tls }: SessionOptions): ClientHttp2Session {
  const settings = { enablePush: false, initialWindowSize: WINDOW_BYTES }
  if (/^https?:/.test(endpoint)) {
    const { caPem: ca, certPem: cert, keyPem: key } = tls ?? {}
    const credentials = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
    return connectHttp2(endpoint, { settings, ...credentials })
  }
  const path = endpoint.replace(/^unix:(\/\/)?/, '')
  return connectHttp2('http://localhost', { createConnection: () => connect(path), settings })
}

/** Ends a session whose server does not answer, as when its machine is gone. */
function keepAlive(session: ClientHttp2Session, everyMs: number): void {
  let answered = true
  const timer = setInterval(() => {
    if (session.destroyed) return
    if (!answered) return session.destroy(new Error('no answer to keep-alive'))
    answered = false
    session.ping(() => (answered = true))
  }, everyMs).unref()
  session.once('close', () => clearInterval(timer))
}
