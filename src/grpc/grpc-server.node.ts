import { once } from 'node:events'
import {
  constants,
  createServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Method } from './connection.ts'
import { GRPC_CODES, GrpcError } from './errors.ts'
import { frameParser, grpcFrame } from './grpc-frames.ts'
import type { Input } from './proto3.ts'

const MESSAGE_BYTES_MAX = 16 * 2 ** 20

/** One method that a server has, as bytes in and bytes out. Made by `unaryMethod` and `streamMethod`. */
export interface ServedMethod {
  readonly path: string
  answer(request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array>
}

export interface GrpcServer extends AsyncDisposable {
  /** `unix://…`, as clients are told. */
  readonly endpoint: string
}

/** One request, one response. What it throws is the call's status: that of a `GrpcError`, else Unknown. */
export function unaryMethod<Request, Response>(
  method: Method<Request, Response>,
  handle: (request: Request, signal: AbortSignal) => Promise<Input<Response>> | Input<Response>,
): ServedMethod {
  return streamMethod(method, async function* (request, signal) {
    yield await handle(request, signal)
  })
}

/** One request, many responses. The signal aborts when the client is gone. */
export function streamMethod<Request, Response>(
  { path, request, response }: Method<Request, Response>,
  handle: (request: Request, signal: AbortSignal) => AsyncIterable<Input<Response>>,
): ServedMethod {
  return {
    path,
    async *answer(bytes, signal) {
      for await (const value of handle(request.decode(bytes), signal)) yield response.encode(value)
    },
  }
}

/** Serves gRPC on a Unix socket, which must not exist yet. Rejects where it cannot be made. */
export async function serveGrpc(
  socketPath: string,
  methods: readonly ServedMethod[],
): Promise<GrpcServer> {
  const byPath = new Map(methods.map((method) => [method.path, method]))
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => undefined) // Its streams close, and that is all there is to do.
    session.once('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    const path = String(headers[':path'])
    // The types leave out which side it is on.
    void serve(stream as ServerHttp2Stream, path, byPath.get(path))
  })
  server.listen(socketPath)
  await once(server, 'listening')
  return {
    endpoint: `unix://${socketPath}`,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function serve(
  stream: ServerHttp2Stream,
  path: string,
  method: ServedMethod | undefined,
): Promise<void> {
  const gone = new AbortController()
  stream.on('error', () => undefined)
  stream.once('close', () => gone.abort())
  let status: Status = { code: 'OK', details: '' }
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.once('wantTrailers', () => {
    stream.sendTrailers({
      'grpc-status': String(GRPC_CODES.indexOf(status.code)),
      'grpc-message': encodeURIComponent(status.details),
    })
  })
  try {
    if (!method) throw new GrpcError(path, 'Unimplemented', `unknown method ${path}`)
    for await (const message of method.answer(await onlyMessage(stream), gone.signal))
      await written(stream, grpcFrame(message))
  } catch (error) {
    status = statusOf(error)
  }
  if (!stream.destroyed) stream.end()
}

type Status = Pick<GrpcError, 'code' | 'details'>

function statusOf(error: unknown): Status {
  if (error instanceof GrpcError) return error
  return { code: 'Unknown', details: error instanceof Error ? error.message : String(error) }
}

async function onlyMessage(stream: ServerHttp2Stream): Promise<Uint8Array> {
  const parser = frameParser(MESSAGE_BYTES_MAX)
  let request: Uint8Array | undefined
  for await (const chunk of stream) request ??= parser.push(chunk as Uint8Array)[0]
  if (!request) throw new GrpcError('', 'Internal', 'client sent no request')
  return request
}

async function written(stream: ServerHttp2Stream, frame: Uint8Array): Promise<void> {
  if (stream.destroyed || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return
  if (!stream.write(frame)) await Promise.race([once(stream, 'drain'), once(stream, 'close')])
}
