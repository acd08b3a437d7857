import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2'
import { connect } from 'node:net'

const WINDOW_BYTES = 2 ** 20

/** An HTTP/2 session with a Unix socket, opened on first use and again when it broke. */
export interface ReconnectingSession extends Disposable {
  /** A session that is connected. Rejects where nobody listens. */
  get(): Promise<ClientHttp2Session>
}

export function reconnectingSession(socketPath: string): ReconnectingSession {
  let current: Promise<ClientHttp2Session> | undefined
  let latest: ClientHttp2Session | undefined
  let closed = false

  const open = (): Promise<ClientHttp2Session> => {
    const session = connectHttp2('http://localhost', {
      createConnection: () => connect(socketPath),
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    })
    const connected = new Promise<ClientHttp2Session>((resolve, reject) => {
      const forget = (): void => {
        if (current === connected) current = undefined
      }
      session.once('connect', () => {
        if (session.destroyed) return // It closed in the meantime.
        session.setLocalWindowSize(WINDOW_BYTES)
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
