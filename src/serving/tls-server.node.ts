import type { Socket } from 'node:net'
import {
  createSecureContext,
  createServer as createTlsServer,
  type Server,
  type TLSSocket,
} from 'node:tls'
import type { Clock } from '../base/clock.ts'
import { hostAndPort } from '../base/host-and-port.ts'
import { describeConnection } from './connection.node.ts'
import {
  httpConnections,
  type HttpConnections,
  type HttpConnectionsOptions,
} from './http-connections.node.ts'
import { listenOnAll } from './listen.node.ts'
import {
  parseAuthorities,
  secureContext,
  type TlsCredentials,
  tlsOptions,
} from './tls-settings.node.ts'

export interface TlsServerOptions extends HttpConnectionsOptions {
  readonly clock: Clock
  /** Host names or addresses to listen on; all get the same port. */
  readonly hosts: readonly string[]
  /** 0 picks a free one. */
  readonly port: number
  readonly credentials: TlsCredentials
}

/** Serves HTTP/1.1 and HTTP/2 over TLS. Disposing it closes everything at once. */
export interface TlsServer extends AsyncDisposable {
  readonly port: number
  /** Host and port of each address, in the order of `hosts`. */
  readonly addresses: readonly string[]
  /** Listens on one more host, on the same port. Throws `ListenError`. */
  listen(host: string): Promise<void>
  /** Uses another certificate, other authorities, for connections from now on. Throws when they cannot be read. */
  setCredentials(credentials: TlsCredentials): void
  /**
   * Stops accepting, tells clients to go elsewhere, lets requests that were begun finish for at most `graceMs`
   * milliseconds, then closes every connection.
   */
  close(graceMs: number): Promise<void>
}

/** Starts to serve. Throws `ListenError`, and an Error of one sentence when the credentials cannot be read. */
export async function serveTls(options: TlsServerOptions): Promise<TlsServer> {
  const { clock } = options
  const http = httpConnections(options)
  let credentials = options.credentials
  let authorities = parseAuthorities(credentials)
  checkCredentials(credentials)

  const createServer = (): Server => {
    const server = createTlsServer(tlsOptions(credentials))
    server.on('secureConnection', (socket: TLSSocket) =>
      http.accept(socket, describeConnection(socket, authorities, clock)),
    )
    return server
  }
  const hosts = [...options.hosts]
  const listening = await listenOnAll(hosts, options.port, createServer).catch(
    async (error: unknown) => {
      await http.destroy()
      throw error
    },
  )
  const { port } = listening
  const servers = listening.servers.map(trackSockets)
  const close = closer(servers, http, clock)

  return {
    port,
    get addresses() {
      return hosts.map((host) => hostAndPort(host, port))
    },
    async listen(host) {
      const added = await listenOnAll([host], port, createServer)
      servers.push(...added.servers.map(trackSockets))
      hosts.push(host)
    },
    setCredentials(next) {
      checkCredentials(next)
      authorities = parseAuthorities(next)
      credentials = next
      for (const { server } of servers) server.setSecureContext(secureContext(next))
    },
    close,
    [Symbol.asyncDispose]: () => close(0),
  }
}

interface TrackedServer {
  readonly server: Server
  /** Every connection, from before its handshake on. */
  readonly sockets: ReadonlySet<Socket>
  readonly closed: Promise<void>
}

function trackSockets(server: Server): TrackedServer {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return { server, sockets, closed: new Promise((resolve) => server.once('close', resolve)) }
}

function closer(
  servers: readonly TrackedServer[],
  http: HttpConnections,
  clock: Clock,
): (graceMs: number) => Promise<void> {
  return async (graceMs) => {
    const closed = Promise.all(servers.map((each) => each.closed))
    for (const { server } of servers) if (server.listening) server.close()
    http.drain()
    if (graceMs > 0) await untilOrAfter(clock, graceMs, closed)
    await http.destroy()
    for (const { sockets } of servers) for (const socket of sockets) socket.destroy()
    await closed
  }
}

async function untilOrAfter(clock: Clock, ms: number, event: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  using _timer = clock.after(ms, resolve)
  await Promise.race([event, promise])
}

function checkCredentials(credentials: TlsCredentials): void {
  try {
    createSecureContext(secureContext(credentials))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`Cannot use the serving certificate: ${reason}`, { cause: error })
  }
}
