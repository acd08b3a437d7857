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
import { reconnectingSession, type ReconnectingSession } from './http2-session.node.ts'

const MESSAGE_BYTES_MAX = 16 * 2 ** 20 // As upstream: a list of all containers of a full node fits.
const RECONNECT_MS = 20 // The server is on this machine: trying costs nothing.

/**
 * Connects to a gRPC server at `unix:///path/to.sock` (or a plain path), on first use, and again when the connection
 * broke. What CRI needs of gRPC is so little that we do without a library: @grpc/grpc-js takes 6 MiB and 30 ms more at
 * the start, and up to twice the time for a call.
 */
export function grpcConnection(endpoint: string): Connection {
  const session = reconnectingSession(endpoint.replace(/^unix:(\/\/)?/, ''))
  return {
    async unary({ path, request, response }, value, options) {
      const { signal, timeoutMs, waitForReady = false, headers } = options
      signal?.throwIfAborted()
      using cancel = linkedAbort(signal)
      using _deadline = deadline(timeoutMs, () => cancel.abort(deadlineExceeded(path)))
      const call = {
        path,
        waitForReady,
        headers: { ...headers, 'grpc-timeout': grpcTimeout(timeoutMs) },
      }
      let answer: Uint8Array | undefined
      // To the end, where the status is.
      for await (const message of exchange(session, call, request.encode(value), cancel.signal))
        answer ??= message
      if (!answer) throw new GrpcError(methodName(path), 'Internal', 'server sent no response')
      return response.decode(answer)
    },

    async *stream(
      { path, request, response },
      value,
      { signal, waitForReady = false, headers = {} },
    ) {
      signal.throwIfAborted()
      const call = { path, waitForReady, headers }
      for await (const message of exchange(session, call, request.encode(value), signal)) {
        yield response.decode(message)
      }
    },

    [Symbol.dispose]: () => session[Symbol.dispose](),
  }
}

interface Call {
  readonly path: string
  readonly waitForReady: boolean
  readonly headers: Readonly<Record<string, string>>
}

/** Sends one message and gives those that come back. Throws unless the call ends with the status OK. */
async function* exchange(
  sessions: ReconnectingSession,
  call: Call,
  body: Uint8Array,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const session = await connected(sessions, call, signal)
  const { path, headers } = call
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  })
  using _cancelling = onAbort(signal, () => stream.close(constants.NGHTTP2_CANCEL))
  const status = lastHeaders(stream)
  stream.end(grpcFrame(body))
  try {
    const parser = frameParser(MESSAGE_BYTES_MAX)
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
