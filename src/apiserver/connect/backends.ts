import type { HttpExchange, RequestHeaders, ResponseStream } from '../../serving/exchange.ts'

/** Another server that answers a part of what clients ask of the API server. */
export interface BackendTarget {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Path and query, as they are sent. */
  readonly path: string
  /**
   * `kubelet`: the server shows its own certificate and wants the other's to be of this cluster. `none`: it shows
   * nothing and believes any certificate, as Pods have what they please. Else, another API server is meant.
   */
  readonly trust: 'kubelet' | 'none' | ExtensionTrust
  /** Sent in an upgrade besides the client's headers, and in place of them. */
  readonly headers?: RequestHeaders
  /** Whether addresses that no client may reach through the server are refused, whatever the name resolves to. */
  readonly closed?: boolean
}

/** What another API server must show, while the server shows that it is the front proxy. */
export interface ExtensionTrust {
  /** The name that the certificate must be for. */
  readonly serverName: string
  /** Whether the certificate must verify. */
  readonly verify: boolean
  /** Whose certificates are believed, PEM; the system's where absent. */
  readonly ca?: string
}

export interface BackendRequest {
  readonly method: string
  readonly headers: RequestHeaders
  /** Absent where there is no body. */
  readonly body?: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

export interface BackendResponse {
  readonly status: number
  readonly headers: RequestHeaders
  /** Read it to the end, or abort the request. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Speaks HTTP to node agents, Pods and the endpoints of Services. */
export interface Backends {
  /** Rejects where there is no connection. */
  request(target: BackendTarget, request: BackendRequest): Promise<BackendResponse>
  /** Hands a request for an upgrade on, and then carries bytes both ways. Answers the client whatever happens. */
  upgrade(exchange: HttpExchange, target: BackendTarget): Promise<void>
  /** Answers a request for a WebSocket on which a log is sent; undefined where it has been refused. */
  logSocket(exchange: HttpExchange): ResponseStream | undefined
}
