import { Client, Metadata, credentials, type ServiceError } from '@grpc/grpc-js'
import type { Connection, Method } from './connection.ts'
import { GRPC_CODES, RuntimeError } from './errors.ts'
import type { Input } from './proto3.ts'

const MESSAGE_BYTES_MAX = 16 * 2 ** 20 // As upstream: a list of all containers of a full node fits.

/**
 * Connects to a gRPC server at `unix:///path/to.sock` (or a plain path). Connects on first use, and again by itself.
 */
export function grpcConnection(endpoint: string): Connection {
  const client = new Client(grpcTarget(endpoint), credentials.createInsecure(), {
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 250, // The server is on this machine: trying costs nothing.
    'grpc.use_local_subchannel_pool': 1, // Closing closes it, even where others talk to the same socket.
    'grpc.enable_channelz': 0,
    'grpc.enable_retries': 0,
  })
  return {
    unary: (method, request, { signal, timeoutMs, waitForReady, headers }) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error)
        const call = client.makeUnaryRequest(
          method.path,
          encoder(method),
          decoder(method),
          request,
          metadata(headers, waitForReady),
          { deadline: Date.now() + timeoutMs },
          (error, response) => {
            signal?.removeEventListener('abort', cancel)
            if (!error) resolve(response!)
            else reject(signal?.aborted ? (signal.reason as Error) : runtimeError(method, error))
          },
        )
        const cancel = (): void => call.cancel()
        signal?.addEventListener('abort', cancel, { once: true })
      }),

    async *stream(method, request, { signal, waitForReady, headers }) {
      signal.throwIfAborted()
      const call = client.makeServerStreamRequest(
        method.path,
        encoder(method),
        decoder(method),
        request,
        metadata(headers, waitForReady),
      )
      const cancel = (): void => call.cancel()
      signal.addEventListener('abort', cancel, { once: true })
      try {
        // Typed `any` by grpc-js; the decoder made them.
        for await (const response of call) yield response as never
      } catch (error) {
        signal.throwIfAborted()
        throw runtimeError(method, error as ServiceError)
      } finally {
        signal.removeEventListener('abort', cancel)
        call.on('error', () => undefined) // A cancelled call reports so after its reader has gone.
        call.cancel()
      }
    },

    [Symbol.dispose]: () => client.close(),
  }
}

function grpcTarget(endpoint: string): string {
  return `unix:${endpoint.replace(/^unix:(\/\/)?/, '')}`
}

function encoder<Q, R>(method: Method<Q, R>): (value: Input<Q>) => Buffer {
  return (value) => Buffer.from(method.request.encode(value))
}

function decoder<Q, R>(method: Method<Q, R>): (bytes: Buffer) => R {
  return (bytes) => method.response.decode(bytes)
}

function metadata(headers: Readonly<Record<string, string>> = {}, waitForReady = false): Metadata {
  const metadata = new Metadata({ waitForReady })
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  return metadata
}

function runtimeError(
  { path }: { readonly path: string },
  error: Partial<ServiceError>,
): RuntimeError {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const code = GRPC_CODES[error.code ?? 2] ?? 'Unknown'
  return new RuntimeError(name, code, error.details ?? error.message ?? '')
}
