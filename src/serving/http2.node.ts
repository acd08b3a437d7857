import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { constants } from 'node:http2'
import { readBody, streamBody } from './body.node.ts'
import { clientGoneSignal } from './client-gone.node.ts'
import type { Connection } from './connection.node.ts'
import {
  AlreadyRespondedError,
  bodyLength,
  BodyTooLargeError,
  type DistinctHeaders,
  type HttpExchange,
  type PeerCertificate,
  type RequestHeaders,
  type ResponseBody,
  type ResponseHeaders,
  type ResponseStream,
  mayHaveBody,
  splitTarget,
} from './exchange.ts'
import { breakOff, responseStream, sendBody } from './response-stream.node.ts'

const EMPTY = new Uint8Array(0)

/** An HTTP/2 request, on Node's own streams: the layer that makes them look like HTTP/1.1 halves the rate. */
export class Http2Exchange implements HttpExchange {
  readonly path: string
  readonly query: string
  readonly headers: RequestHeaders
  readonly #stream: ServerHttp2Stream
  readonly #connection: Connection
  readonly #rawHeaders: readonly string[]
  #signal: AbortSignal | undefined
  #more: Record<string, string> | undefined
  status = 0
  bodyBytes = 0

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    connection: Connection,
    rawHeaders: readonly string[],
  ) {
    const { path, query } = splitTarget(headers[':path'] ?? '/')
    this.path = path
    this.query = query
    this.headers = headers
    this.#stream = stream
    this.#connection = connection
    this.#rawHeaders = rawHeaders
  }

  get method(): string {
    return this.headers[':method'] as string
  }

  get distinctHeaders(): DistinctHeaders {
    const distinct: Record<string, string[]> = Object.create(null) as Record<string, string[]>
    for (let i = 0; i + 1 < this.#rawHeaders.length; i += 2) {
      ;(distinct[this.#rawHeaders[i]!.toLowerCase()] ??= []).push(this.#rawHeaders[i + 1]!)
    }
    return distinct
  }

  get host(): string {
    return String(this.headers[':authority'] ?? this.headers['host'] ?? '')
  }

  get protocol(): string {
    return 'HTTP/2.0'
  }

  get userAgent(): string {
    return String(this.headers['user-agent'] ?? '')
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
    return this.#stream.headersSent
  }

  get signal(): AbortSignal {
    this.#signal ??= clientGoneSignal(this.#stream)
    return this.#signal
  }

  get upgrade(): undefined {
    return undefined
  }

  body(limitBytes: number): Promise<Uint8Array> {
    if (this.#stream.endAfterHeaders) return Promise.resolve(EMPTY)
    if (Number(this.headers['content-length'] ?? 0) > limitBytes) {
      return Promise.reject(new BodyTooLargeError(limitBytes))
    }
    this.#continue()
    return readBody(this.#stream, limitBytes)
  }

  bodyStream(): AsyncIterable<Uint8Array> {
    this.#continue()
    return streamBody(this.#stream)
  }

  setHeader(name: string, value: string): void {
    this.#more ??= {}
    this.#more[name] = value
  }

  respond(status: number, headers: ResponseHeaders, body: ResponseBody = []): void {
    this.bodyBytes = bodyLength(body)
    const isBare = this.method === 'HEAD' || !mayHaveBody(status) || this.bodyBytes === 0
    this.#start(status, responseHead(status, headers, this.bodyBytes), isBare)
    if (!isBare) sendBody(this.#stream, body)
    this.#refuseRest()
  }

  startStream(status: number, headers: ResponseHeaders): ResponseStream {
    this.#start(status, { ...headers, ':status': status }, false)
    return responseStream(this.#stream)
  }

  abort(): void {
    breakOff(this.#stream)
  }

  #start(status: number, head: ResponseHeaders, endStream: boolean): void {
    const stream = this.#stream
    if (stream.headersSent) throw new AlreadyRespondedError()
    this.status = status
    const all = this.#more ? { ...head, ...this.#more } : head
    if (!stream.destroyed) stream.respond(all as OutgoingHttpHeaders, { endStream })
  }

  #continue(): void {
    if (this.headers['expect'] === '100-continue' && !this.#stream.headersSent) {
      this.#stream.additionalHeaders({ ':status': constants.HTTP_STATUS_CONTINUE })
    }
  }

  // A client may still be sending what the answer did not wait for: it is told to stop, without an error.
  #refuseRest(): void {
    const stream = this.#stream
    if (stream.endAfterHeaders || stream.readableEnded || stream.destroyed) return
    stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR))
  }
}

function responseHead(status: number, headers: ResponseHeaders, length: number): ResponseHeaders {
  return mayHaveBody(status)
    ? { ...headers, ':status': status, 'content-length': length }
    : { ...headers, ':status': status }
}
