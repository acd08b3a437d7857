import type {
  HttpExchange,
  RequestHeaders,
  ResponseHeaders,
  ResponseStream,
} from '../../serving/exchange.ts'
import {
  REQUEST_CONNECTION_HEADERS,
  RESPONSE_CONNECTION_HEADERS,
} from '../../streams/connection-headers.ts'
import type { BackendResponse } from './backends.ts'

/** Belong to one connection, or say who the client is, which is not the backend's business. */
const NOT_SENT = new Set([
  ...REQUEST_CONNECTION_HEADERS,
  'authorization',
  'connection',
  'host',
  'upgrade',
])

/** The headers of a client's request that another server is to see, and where the request came from. */
export function forwardedHeaders({ headers, host, remoteAddress }: HttpExchange): RequestHeaders {
  const sent = Object.entries(headers).filter(
    ([name]) =>
      // HTTP/2 has what the first line says among the headers.
      !name.startsWith(':') &&
      !NOT_SENT.has(name) &&
      !name.startsWith('impersonate-') &&
      !name.startsWith('x-remote-'),
  )
  const before = headers['x-forwarded-for']
  return {
    ...Object.fromEntries(sent),
    'x-forwarded-for': before === undefined ? remoteAddress : `${String(before)}, ${remoteAddress}`,
    'x-forwarded-host': host,
    'x-forwarded-proto': 'https',
  }
}

/** The body of a client's request, as it comes, where there is one. */
export function forwardedBody(exchange: HttpExchange): {
  readonly body?: AsyncIterable<Uint8Array>
} {
  const { headers } = exchange
  const hasBody =
    headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  return hasBody ? { body: exchange.bodyStream() } : {}
}

/** The headers of another server's answer that the client is to see. */
export function returnedHeaders(headers: RequestHeaders): ResponseHeaders {
  const returned = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && !RESPONSE_CONNECTION_HEADERS.has(name),
  )
  return Object.fromEntries(returned) as ResponseHeaders
}

/** Hands a body on as it comes. Where either end goes away, the client sees that it is not whole. */
export async function copyBody(
  { body }: Pick<BackendResponse, 'body'>,
  stream: ResponseStream,
): Promise<void> {
  try {
    for await (const chunk of body) if (!stream.write(chunk)) await stream.drained()
    stream.end()
  } catch {
    stream.destroy()
  }
}
