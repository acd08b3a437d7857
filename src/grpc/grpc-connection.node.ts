import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2'
import { setTimeout as delay } from 'node:timers/promises'
import { abortable, linkedAbort, onAbort } from '../base/async.ts'
import type { Connection } from './connection.ts'
import { GrpcError } from './errors.ts'
import { frameParser, grpcFrame } from './grpc-frames.ts'
import { grpcError, grpcTimeout, type Headers } from './grpc-status.ts'
import {
  reconnectingSession,
  type ReconnectingSession,
  type SessionOptions,
} from './http2-session.node.ts'
import type { MessageClass } from './proto3.ts'

const MESSAGE_BYTES_MAX = 16 * 2 ** 20 // As upstream: a list of all containers of a full node fits.
const RECONNECT_MS = 20 // Most often the server is on this machine: trying costs nothing.

export interface ConnectionOptions extends SessionOptions {
  /** The longest message that is taken; 16 MiB when absent. */
  readonly messageBytesMax?: number
}

/**
 * Connects to a gRPC server at `unix:///path/to.sock` (or a plain path), `http://HOST:PORT` or `https://HOST:PORT`, or to
 * any of several, on first use, and again when the connection broke. What we need of gRPC is so little that we do without
 * a library: @grpc/grpc-js takes 6 MiB and 30 ms more at the start, and up to twice the time for a call.
 */
export function grpcConnection(
  endpoints: string | readonly string[],
  options: ConnectionOptions = {},
): Connection {
  const { messageBytesMax = MESSAGE_BYTES_MAX } = options
  const sessions = reconnectingSession(
    typeof endpoints === 'string' ? [endpoints] : endpoints,
    options,
  )
  const messages = (call: OpenCall, signal: AbortSignal): AsyncIterable<Uint8Array> =>
    answers(call, messageBytesMax, signal)
  return {
    async unary({ path, request, response }, value, options) {
      const { signal, timeoutMs, waitForReady = false, headers } = options
      signal?.throwIfAborted()
      using cancel = linkedAbort(signal)
      using _deadline = deadline(timeoutMs, () => cancel.abort(deadlineExceeded(path)))
      const call = await open(
        sessions,
        {
          path,
          waitForReady,
          headers: { ...headers, 'grpc-timeout': grpcTimeout(timeoutMs) },
        },
        cancel.signal,
      )
      call.stream.end(grpcFrame(request.encode(value)))
      let answer: Uint8Array | undefined
      // To the end, where the status is.
      for await (const message of messages(call, cancel.signal)) answer ??= message
      if (!answer) throw new GrpcError(methodName(path), 'Internal', 'server sent no response')
      return response.decode(answer)
    },

    async *stream({ path, request, response }, value, options) {
      const { signal, waitForReady = false, headers = {} } = options
      signal.throwIfAborted()
      const call = await open(sessions, { path, waitForReady, headers }, signal)
      call.stream.end(grpcFrame(request.encode(value)))
      for await (const message of messages(call, signal)) yield response.decode(message)
    },

    async duplex({ path, request, response }, { signal, waitForReady = false, headers = {} }) {
      signal.throwIfAborted()
      const call = await open(sessions, { path, waitForReady, headers }, signal)
      return {
        send: (value) => void call.stream.write(grpcFrame(request.encode(value))),
        responses: decoded(messages(call, signal), response),
      }
    },

    [Symbol.dispose]: () => sessions[Symbol.dispose](),
  }
}

interface Call {
  readonly path: string
  readonly waitForReady: boolean
  readonly headers: Readonly<Record<string, string>>
}

interface OpenCall {
  readonly path: string
  readonly stream: ClientHttp2Stream
  readonly status: Promise<Headers>
}

async function open(
  sessions: ReconnectingSession,
  call: Call,
  signal: AbortSignal,
): Promise<OpenCall> {
  const session = await connected(sessions, call, signal)
  const { path, headers } = call
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  })
  const cancelling = onAbort(signal, () => stream.close(constants.NGHTTP2_CANCEL))
  stream.once('close', () => cancelling[Symbol.dispose]())
  return { path, stream, status: lastHeaders(stream) }
}

/** The messages that come back. Throws unless the call ends with the status OK. */
async function* answers(
  { path, stream, status }: OpenCall,
  messageBytesMax: number,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  try {
    const parser = frameParser(messageBytesMax)
    for await (const chunk of stream) yield* parser.push(chunk as Uint8Array)
    const error = grpcError(methodName(path), await status)
    if (error) throw error
  } catch (error) {
    signal.throwIfAborted()
    throw callError(path, error)
  } finally {
    stream.close(constants.NGHTTP2_CANCEL)
  }
}

async function* decoded<Response>(
  messages: AsyncIterable<Uint8Array>,
  response: MessageClass<Response>,
): AsyncIterable<Response> {
  for await (const message of messages) yield response.decode(message)
}

async function connected(
  sessions: ReconnectingSession,
  call: Call,
  signal: AbortSignal,
): Promise<ClientHttp2Session> {
  for (;;) {
    try {
      return await abortable(sessions.get(), signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!call.waitForReady) throw unavailable(call.path, error)
    }
    await abortable(delay(RECONNECT_MS), signal)
  }
}

/** The headers in which the status is: the trailers, or the only ones. */
function lastHeaders(stream: ClientHttp2Stream): Promise<Headers> {
  let last: Headers = {}
  const note = (headers: IncomingHttpHeaders): void => {
    last = headers
  }
  stream.on('response', note)
  stream.on('trailers', note)
  stream.on('error', () => undefined) // Its reader gets it too.
  return new Promise((resolve) => stream.once('close', () => resolve(last)))
}

function deadline(ms: number, passed: () => void): Disposable {
  const timer = setTimeout(passed, ms)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

function deadlineExceeded(path: string): GrpcError {
  return new GrpcError(methodName(path), 'DeadlineExceeded', 'context deadline exceeded')
}

/** What a call ended with, from an answer that is none of gRPC's or a connection that broke. */
function callError(path: string, error: unknown): Error {
  if (error instanceof GrpcError) return error
  if (error instanceof RangeError)
    return new GrpcError(methodName(path), 'ResourceExhausted', error.message)
  return unavailable(path, error)
}

function unavailable(path: string, error: unknown): GrpcError {
  return new GrpcError(
    methodName(path),
    'Unavailable',
    `connection error: ${(error as Error).message}`,
  )
}

function methodName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
