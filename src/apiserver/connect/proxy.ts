import { serviceUnavailable } from '../../apimachinery/status-error.ts'
import type {
  HttpExchange,
  RequestHeaders,
  ResponseHeaders,
  ResponseStream,
} from '../../serving/exchange.ts'
import type { Backends, BackendResponse } from './backends.ts'
import type { ProxyLocation } from './proxy-location.ts'

/** Belong to one connection (RFC 9110, 7.6.1), or say who the client is, which is not the backend's business. */
const NOT_SENT = new Set([
  'authorization',
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const NOT_RETURNED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade'])

/** Hands a request on to another server and its answer back. `rest` is the path there. */
export async function proxyRequest(
  exchange: HttpExchange,
  location: ProxyLocation,
  rest: string,
  backends: Backends,
): Promise<void> {
  const path = rest === '' ? '/' : rest
  const target = { ...location, path: exchange.query === '' ? path : `${path}?${exchange.query}` }
  if (exchange.upgrade) return backends.upgrade(exchange, target)
  const abort = new AbortController()
  const signal = AbortSignal.any([exchange.signal, abort.signal])
  try {
    const response = await send(exchange, target, backends, signal)
    const headers = returnedHeaders(response.headers)
    await copy(response, exchange.startStream(response.status, headers))
  } finally {
    abort.abort()
  }
}

async function send(
  exchange: HttpExchange,
  target: Parameters<Backends['request']>[0],
  backends: Backends,
  signal: AbortSignal,
): Promise<BackendResponse> {
  const { method, headers } = exchange
  const hasBody =
    headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  try {
    return await backends.request(target, {
      method,
      headers: sentHeaders(exchange),
      ...(hasBody && { body: exchange.bodyStream() }),
      signal,
    })
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    throw serviceUnavailable(`error trying to reach service: ${why}`)
  }
}

function sentHeaders({ headers, host, remoteAddress }: HttpExchange): RequestHeaders {
  const sent = Object.entries(headers).filter(
    ([name]) =>
      !NOT_SENT.has(name) && !name.startsWith('impersonate-') && !name.startsWith('x-remote-'),
  )
  return {
    ...Object.fromEntries(sent),
    'x-forwarded-for': remoteAddress,
    'x-forwarded-host': host,
    'x-forwarded-proto': 'https',
  }
}

function returnedHeaders(headers: RequestHeaders): ResponseHeaders {
  const returned = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && !NOT_RETURNED.has(name),
  )
  return Object.fromEntries(returned) as ResponseHeaders
}

async function copy({ body }: BackendResponse, stream: ResponseStream): Promise<void> {
  try {
    for await (const chunk of body) if (!stream.write(chunk)) await stream.drained()
    stream.end()
  } catch {
    // Either end went away: the client sees that the answer is not whole.
    stream.destroy()
  }
}
