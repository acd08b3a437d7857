/** Header fields by lower-case name, as they came. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** All values of each header field, by lower-case name, in the order in which they came. */
export type DistinctHeaders = Readonly<Record<string, readonly string[] | undefined>>

/** Header fields to send, by lower-case name. */
export type ResponseHeaders = Readonly<Record<string, string | number | readonly string[]>>

/** The bytes of a response: one piece, or several that are sent one after the other without being joined first. */
export type ResponseBody = Uint8Array | readonly Uint8Array[]

/** A client certificate that verifies. The same object for all requests of a connection, so fit to key a cache. */
export interface PeerCertificate {
  /** The certificate in DER. */
  readonly der: Uint8Array
  /** Which of the server's sets of client authorities vouch for it, by name. */
  readonly trustedBy: readonly string[]
}

/** A request to leave HTTP: the connection is to carry another protocol. See `upgradeOf` for its socket. */
export interface Upgrade {
  /** The protocols that the client offers, in lower case: `websocket`, `spdy/3.1`. */
  readonly protocols: readonly string[]
}

/** A response that is sent bit by bit, such as a watch or a followed log. */
export interface ResponseStream {
  /** Sends bytes; false when so much is waiting to be sent that the caller should wait for `drained()`. */
  write(bytes: Uint8Array): boolean
  /** Resolves when more can be written, also when the client is gone. */
  drained(): Promise<void>
  /** How many bytes wait to be sent. */
  readonly bufferedBytes: number
  /** Ends the response well. */
  end(): void
  /** Breaks the response off, so that the client sees that it is not whole. */
  destroy(): void
}

/** One request and its response, whatever the version of HTTP. */
export interface HttpExchange {
  readonly method: string
  /** As sent: still percent-encoded, without the query. */
  readonly path: string
  /** As sent, without the question mark; empty when there is none. */
  readonly query: string
  readonly headers: RequestHeaders
  /** The same with the values of repeated fields kept apart, where `headers` joins them: a value may hold a comma. */
  readonly distinctHeaders: DistinctHeaders
  /** Host and port that the client asked for. */
  readonly host: string
  /** As Go names it: `HTTP/1.1`, `HTTP/2.0`. */
  readonly protocol: string
  /** The client's program, as it names itself; empty where it does not. */
  readonly userAgent: string
  readonly remoteAddress: string
  readonly remotePort: number
  /** The client's certificate where one was shown and verifies. */
  readonly peerCertificate: PeerCertificate | undefined
  /** Why the certificate that was shown does not verify, such as `CERT_HAS_EXPIRED`. */
  readonly peerCertificateError: string | undefined
  /** Aborts when the client goes away before its response has been sent. */
  readonly signal: AbortSignal
  /** Whether a response has been started, or the connection taken over. */
  readonly responded: boolean
  /** The status of the response that was started; 0 before. */
  readonly status: number
  /** The length of the whole response that was sent, in bytes; 0 for streams. */
  readonly bodyBytes: number
  readonly upgrade: Upgrade | undefined
  /** Reads the request's body. Throws `BodyTooLargeError` above the limit, `ClientGoneError`. */
  body(limitBytes: number): Promise<Uint8Array>
  /** The request's body as it comes; each chunk is asked for when the last one has been dealt with. */
  bodyStream(): AsyncIterable<Uint8Array>
  /** Adds a header field to the response, whoever answers. */
  setHeader(name: string, value: string): void
  /** Sends a whole response. Sends nothing when the client is gone. Throws when a response was started before. */
  respond(status: number, headers: ResponseHeaders, body?: ResponseBody): void
  /** Starts a response whose length is not known. Throws when a response was started before. */
  startStream(status: number, headers: ResponseHeaders): ResponseStream
  /** Breaks the exchange off, and with HTTP/1.1 its connection: the client sees that something went wrong. */
  abort(): void
}

/** Answers requests. What it throws is logged and answered with 500. */
export type HttpHandler = (exchange: HttpExchange) => void | Promise<void>

/** The body is longer than allowed: to be answered with 413. The message is Kubernetes' own. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
  readonly limitBytes: number

  constructor(limitBytes: number) {
    super(`limit is ${limitBytes}`)
    this.limitBytes = limitBytes
  }
}

/** The client closed the connection, or took its request back. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'

  constructor() {
    super('the client went away')
  }
}

/** A handler answered twice. */
export class AlreadyRespondedError extends Error {
  override readonly name = 'AlreadyRespondedError'

  constructor() {
    super('the request has been answered already')
  }
}

/** The length of a body in bytes. */
export function bodyLength(body: ResponseBody): number {
  if (body instanceof Uint8Array) return body.length
  return body.reduce((sum, piece) => sum + piece.length, 0)
}

/** Whether a response with this status is allowed a body (RFC 9110, 6.4.1). */
export function mayHaveBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
}

/** Splits a request's target into path and query, as sent. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?')
  return at === -1
    ? { path: target, query: '' }
    : { path: target.slice(0, at), query: target.slice(at + 1) }
}
