import { createServer, type Server } from 'node:http'
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { setImmediate } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import type { Logger } from '../base/logger.ts'
import type { Connection } from './connection.node.ts'
import { ClientGoneError, type HttpExchange, type HttpHandler } from './exchange.ts'
import { Http1Exchange, type Http1Server } from './http1.node.ts'
import { Http2Exchange } from './http2.node.ts'
import { breakOff } from './response-stream.node.ts'
import { Turns } from './turns.node.ts'
import { http1Options, HTTP2_OPTIONS, SESSION_IDLE_MS } from './tls-settings.node.ts'

const FLUSH_TURNS = 3

export interface HttpConnectionsOptions {
  readonly handler: HttpHandler
  readonly logger: Logger
  /** How long a client may take to send the head of a request. Default 32 seconds, as upstream. */
  readonly headersTimeoutMs?: number
}

/** Speaks HTTP on connections that others accept. */
export interface HttpConnections {
  /** Serves a connection whose handshake is over, in the protocol that it agreed on. */
  accept(socket: TLSSocket, connection: Connection): void
  /** Closes idle connections, and every other one after the requests that it is busy with. */
  drain(): void
  /** Closes every connection at once; clients see that what they were getting is not whole. */
  destroy(): Promise<void>
}

export function httpConnections({
  handler,
  logger,
  headersTimeoutMs,
}: HttpConnectionsOptions): HttpConnections {
  const turns = new Turns()
  const run = runner(handler, logger, turns)
  const sockets = new Set<TLSSocket>()
  const sessions = new Set<Http2Connection>()
  const http1 = http1Connections(run, turns, headersTimeoutMs)
  let isClosing = false
  return {
    accept(socket, connection) {
      // Its handshake outlasted the decision to close: no request has been sent yet that could be lost.
      if (isClosing) return void socket.destroy()
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      // Whoever uses the socket hears of errors in ways of its own; without a listener they would end the process.
      socket.on('error', () => undefined)
      if (socket.alpnProtocol !== 'h2') return http1.accept(socket, connection)
      const http2 = serveHttp2(socket, connection, run)
      sessions.add(http2)
      http2.session.once('close', () => sessions.delete(http2))
    },
    drain() {
      isClosing = true
      http1.drain()
      for (const { session } of sessions) session.close()
    },
    async destroy() {
      isClosing = true
      http1.drain()
      for (const { streams } of sessions) for (const stream of streams) breakOff(stream)
      // The frames that tell clients that a response is not whole leave in the next turns of the event loop.
      if (sessions.size > 0) for (let turn = 0; turn < FLUSH_TURNS; turn++) await setImmediate()
      for (const socket of sockets) socket.destroy()
    },
  }
}

type Run = (exchange: HttpExchange) => void

function runner(handler: HttpHandler, logger: Logger, turns: Turns): Run {
  const fail = (exchange: HttpExchange, error: unknown): void => {
    if (error instanceof ClientGoneError) return
    const { method, path } = exchange
    logger.error('request handler failed', { method, path, error: describe(error) })
    if (exchange.responded) exchange.abort()
    else exchange.respond(500, { 'content-type': 'text/plain' }, INTERNAL_SERVER_ERROR)
  }
  const run = (exchange: HttpExchange): void => {
    try {
      handler(exchange)?.catch((error: unknown) => fail(exchange, error))
    } catch (error) {
      fail(exchange, error)
    }
  }
  return (exchange) => turns.begin(() => run(exchange))
}

const INTERNAL_SERVER_ERROR = new TextEncoder().encode('Internal Server Error\n')

interface Http1Connections {
  accept(socket: TLSSocket, connection: Connection): void
  drain(): void
}

// The parser and the keep-alive of Node's HTTP server, fed with connections instead of listening.
function http1Connections(run: Run, turns: Turns, headersTimeoutMs?: number): Http1Connections {
  const connections = new WeakMap<object, Connection>()
  const unused = new Set<TLSSocket>()
  let isDraining = false
  const shared: Http1Server = { turns, frames: new WeakMap(), isClosing: () => isDraining }
  const connectionOf = (socket: object): Connection => {
    unused.delete(socket as TLSSocket)
    return connections.get(socket)!
  }
  const server = createServer(http1Options(headersTimeoutMs), (request, response) => {
    run(new Http1Exchange(request, response, connectionOf(request.socket), shared))
  })
  server.on('upgrade', (rawRequest, socket, head) => {
    const answer = { socket, head, rawRequest }
    run(new Http1Exchange(rawRequest, answer, connectionOf(socket), shared))
  })
  startTimeouts(server)
  return {
    accept(socket, connection) {
      connections.set(socket, connection)
      unused.add(socket)
      socket.once('close', () => unused.delete(socket))
      server.emit('connection', socket)
    },
    drain() {
      isDraining = true
      // A response that was begun with keep-alive leaves an idle connection behind: it goes at once.
      server.keepAliveTimeout = 1
      server.close()
      for (const socket of unused) socket.destroy()
    },
  }
}

// Only a server that listens looks after its connections' timeouts; this one is told that it does.
function startTimeouts(server: Server): void {
  server.emit('listening')
}

interface Http2Connection {
  readonly session: ServerHttp2Session
  /** The requests that are under way. */
  readonly streams: ReadonlySet<ServerHttp2Stream>
}

function serveHttp2(socket: TLSSocket, connection: Connection, run: Run): Http2Connection {
  const session = performServerHandshake(socket, HTTP2_OPTIONS)
  const streams = new Set<ServerHttp2Stream>()
  session.on('stream', (stream, headers, _flags, rawHeaders) => {
    streams.add(stream)
    stream.on('close', () => streams.delete(stream))
    // A client that takes its request back is no error of ours; the exchange's signal tells the handler.
    stream.on('error', () => undefined)
    run(new Http2Exchange(stream, headers, connection, rawHeaders))
  })
  session.on('error', () => session.destroy())
  session.setTimeout(SESSION_IDLE_MS, () => {
    if (streams.size === 0) session.close()
  })
  return { session, streams }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
