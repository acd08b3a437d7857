/** What an HTTP server answered. */
export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

export interface HttpRequest {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly timeoutMs: number
}

/** How a gRPC server says it is: a serving status, or the code of the call's failure. */
export type GrpcHealth =
  | { readonly status: 'SERVING' | 'NOT_SERVING' | 'UNKNOWN' | 'SERVICE_UNKNOWN' }
  | { readonly error: string }

/** How the node reaches into containers over the network. Rejections have Go's words, since users read them in events. */
export interface Probers {
  /** Sends GET; certificates are not verified. Follows redirects to the same host only. */
  http(request: HttpRequest): Promise<HttpAnswer>
  /** Resolves when the connection is accepted. */
  tcp(host: string, port: number, timeoutMs: number): Promise<void>
  /** Asks grpc.health.v1.Health/Check. */
  grpc(host: string, port: number, service: string, timeoutMs: number): Promise<GrpcHealth>
}
