import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { readBody, streamBody } from './body.node.ts'
import { chunkedStream, type Frames } from './chunked-stream.node.ts'
import { clientGoneSignal } from './client-gone.node.ts'
import type { Connection } from './connection.node.ts'
import {
  AlreadyRespondedError,
  BodyTooLargeError,
  type DistinctHeaders,
  type HttpExchange,
  type PeerCertificate,
  type RequestHeaders,
  type ResponseBody,
  type ResponseHeaders,
  type ResponseStream,
  bodyLength,
  mayHaveBody,
  splitTarget,
  type Upgrade,
} from './exchange.ts'
import { sendBody } from './response-stream.node.ts'
import type { Turns } from './turns.node.ts'

/** A connection that leaves HTTP. */
export interface UpgradeConnection {
  readonly socket: Duplex
  /** What the client sent after its request. */
  readonly head: Uint8Array
  readonly rawRequest: IncomingMessage
}

/** What the requests of a server have in common. */
export interface Http1Server {
  readonly isClosing: () => boolean
  readonly frames: Frames
  readonly turns: Turns
}

/** An HTTP/1.1 request. A class, since one is made for each request: its parts are looked at only when asked for. */
export class Http1Exchange implements HttpExchange {
  readonly path: string
  readonly query: string
  readonly #request: IncomingMessage
  readonly #connection: Connection
  readonly #takeover: UpgradeConnection | undefined
  readonly #server: Http1Server
  #response: ServerResponse | undefined
  #signal: AbortSignal | undefined
  #more: Record<string, string> | undefined
  status = 0
  bodyBytes = 0
  #taken = false

  constructor(
    request: IncomingMessage,
    answer: ServerResponse | UpgradeConnection,
    connection: Connection,
    server: Http1Server,
  ) {
    const { path, query } = splitTarget(request.url ?? '/')
    this.path = path
    this.query = query
    this.#request = request
    this.#connection = connection
    this.#server = server
    if (answer instanceof ServerResponse) this.#response = answer
    else this.#takeover = answer
  }

  get method(): string {
    return this.#request.method ?? 'GET'
  }

  get headers(): RequestHeaders {
    return this.#request.headers
  }

  get distinctHeaders(): DistinctHeaders {
    return this.#request.headersDistinct
  }

  get host(): string {
    return this.#request.headers.host ?? ''
  }

  get protocol(): string {
    return `HTTP/${this.#request.httpVersion}`
  }

  get userAgent(): string {
    return this.#request.headers['user-agent'] ?? ''
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress
  }

  get remotePort(): number {
    return this.#connection.remotePort
  }

  get peerCertificate(): PeerCertificate | undefined {
    return this.#connection.peerCertificate
  }

  get peerCertificateError(): string | undefined {
    return this.#connection.peerCertificateError
  }

  get responded(): boolean {
    return this.#taken || (this.#response?.headersSent ?? false)
  }

  get signal(): AbortSignal {
    this.#signal ??= clientGoneSignal(this.#takeover?.socket ?? this.#answer())
    return this.#signal
  }

  get upgrade(): Upgrade | undefined {
    return this.#takeover && { protocols: offeredProtocols(this.#request) }
  }

  async body(limitBytes: number): Promise<Uint8Array> {
    try {
      if (Number(this.#request.headers['content-length'] ?? 0) > limitBytes) {
        throw new BodyTooLargeError(limitBytes)
      }
      return await readBody(this.#request, limitBytes)
    } catch (error) {
      // The rest of the body is in the way of a next request, and not worth reading.
      if (error instanceof BodyTooLargeError) this.#answer().shouldKeepAlive = false
      throw error
    }
  }

  bodyStream(): AsyncIterable<Uint8Array> {
    return streamBody(this.#request)
  }

  setHeader(name: string, value: string): void {
    this.#more ??= {}
    this.#more[name] = value
  }

  respond(status: number, headers: ResponseHeaders, body: ResponseBody = []): void {
    this.bodyBytes = bodyLength(body)
    const response = this.#start(status, withLength(status, headers, this.bodyBytes))
    const isBare = this.method === 'HEAD' || !mayHaveBody(status)
    this.#server.turns.answer(() => send(response, isBare ? EMPTY : body))
  }

  startStream(status: number, headers: ResponseHeaders): ResponseStream {
    const response = this.#start(status, headers)
    response.flushHeaders()
    return chunkedStream(response, this.#server.frames)
  }

  abort(): void {
    this.#request.destroy()
  }

  /** Hands the connection over; nobody but the caller writes to it from now on. */
  takeOver(): UpgradeConnection | undefined {
    if (this.responded) throw new AlreadyRespondedError()
    this.#taken = this.#takeover !== undefined
    return this.#takeover
  }

  #start(status: number, headers: ResponseHeaders): ServerResponse {
    if (this.responded) throw new AlreadyRespondedError()
    this.status = status
    const response = this.#answer()
    if (this.#server.isClosing()) response.shouldKeepAlive = false
    const all = this.#more ? { ...headers, ...this.#more } : headers
    return response.writeHead(status, all as Record<string, string | number | string[]>)
  }

  // A request for an upgrade comes without a response; refusing it takes one, and ends the connection.
  #answer(): ServerResponse {
    this.#response ??= responseOn(this.#request, this.#takeover!.socket)
    return this.#response
  }
}

// Node.js sends a body that is text together with the head: one write, and not two pieces that are joined later, which
// costs less for small ones. In Latin 1 each character is a byte.
const TEXT_BYTES_MAX = 16 * 1024

const EMPTY = new Uint8Array(0)

function send(response: ServerResponse, body: ResponseBody): void {
  const length = bodyLength(body)
  if (length === 0) response.end()
  else if (length <= TEXT_BYTES_MAX) response.end(latin1(body), 'latin1')
  else sendBody(response, body)
}

function latin1(body: ResponseBody): string {
  const { buffer, byteOffset, length } = body instanceof Uint8Array ? body : Buffer.concat(body)
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  // ServerResponse takes any Duplex here; its types ask for the socket of plain connections.
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0])
  response.once('finish', () => socket.end())
  return response
}

function offeredProtocols(request: IncomingMessage): readonly string[] {
  const offered = request.headers.upgrade ?? ''
  return offered.split(',').map((protocol) => protocol.trim().toLowerCase())
}

function withLength(status: number, headers: ResponseHeaders, length: number): ResponseHeaders {
  return mayHaveBody(status) ? { ...headers, 'content-length': length } : headers
}
