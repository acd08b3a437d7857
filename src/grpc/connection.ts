import type { Input, MessageClass } from './proto3.ts'

/** A gRPC method: `/package.Service/Name`, and how its messages are written and read. */
export interface Method<Request, Response> {
  readonly path: string
  readonly request: MessageClass<Request>
  readonly response: MessageClass<Response>
}

export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

export interface UnaryOptions extends CallOptions {
  /** The call fails with DeadlineExceeded after this many milliseconds. */
  readonly timeoutMs: number
  /** Wait for a server that is not there yet, until the deadline, instead of failing with Unavailable. */
  readonly waitForReady?: boolean
  /** Sent as request headers. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface StreamOptions {
  readonly signal: AbortSignal
  /** Wait for a server that is not there yet instead of failing with Unavailable. */
  readonly waitForReady?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** A gRPC connection, which heals itself. Calls reject with `GrpcError`, or with the reason of their signal. */
export interface Connection extends Disposable {
  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Input<Request>,
    options: UnaryOptions,
  ): Promise<Response>
  /** One request, many responses. Ends when the server ends it; throws when it fails or is aborted. */
  stream<Request, Response>(
    method: Method<Request, Response>,
    request: Input<Request>,
    options: StreamOptions,
  ): AsyncIterable<Response>
  /** Both sides speak as they like. Rejects like a call where there is no connection. */
  duplex<Request, Response>(
    method: Method<Request, Response>,
    options: StreamOptions,
  ): Promise<Duplex<Request, Response>>
}

/** A call whose requests and responses have no fixed order. Its signal ends it. */
export interface Duplex<Request, Response> {
  /** Sends now. Nothing holds a sender back, so this is for what is small. */
  send(request: Input<Request>): void
  /** Ends when the server ends it; throws when it fails or is aborted. */
  readonly responses: AsyncIterable<Response>
}

/** A call's options with a deadline. They may be an AbortController, whose signal spreading would lose. */
export function within(timeoutMs: number, options?: CallOptions): UnaryOptions {
  return options?.signal ? { timeoutMs, signal: options.signal } : { timeoutMs }
}
