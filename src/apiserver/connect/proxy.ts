import { linkedAbort } from '../../base/async.ts'
import { serviceUnavailable } from '../../apimachinery/status-error.ts'
import { hostAndPort } from '../../base/host-and-port.ts'
import type { HttpExchange } from '../../serving/exchange.ts'
import type { Backends, BackendResponse } from './backends.ts'
import { copyBody, forwardedBody, forwardedHeaders, returnedHeaders } from './forward.ts'
import type { ProxyLocation } from './proxy-location.ts'
import { rewrittenHtml, rewrittenUrl, type Rewriting } from './rewrite.ts'

/**
 * Hands a request on to another server and its answer back. `rest` is the path there. Links and redirects within the
 * other server lead through the proxy again (k8s.io/apimachinery/pkg/util/proxy).
 */
export async function proxyRequest(
  exchange: HttpExchange,
  location: ProxyLocation,
  rest: string,
  backends: Backends,
): Promise<void> {
  const query = exchange.query === '' ? '' : `?${exchange.query}`
  const target = { ...location, path: `${rest === '' ? '/' : rest}${query}`, closed: true }
  if (exchange.upgrade) return backends.upgrade(exchange, target)
  // The links of a page need a directory to start from.
  const isPage = exchange.method === 'GET' || exchange.method === 'HEAD'
  if (rest === '' && isPage) return exchange.respond(301, { location: `${exchange.path}/${query}` })
  using abort = linkedAbort(exchange.signal)
  try {
    const rewriting = rewritingFor(exchange, location, rest)
    const response = await send(exchange, target, rewriting, backends, abort.signal)
    await answer(exchange, response, rewriting)
  } finally {
    abort.abort()
  }
}

function rewritingFor(exchange: HttpExchange, location: ProxyLocation, rest: string): Rewriting {
  return {
    prefix: exchange.path.slice(0, exchange.path.length - rest.length),
    path: rest,
    host: exchange.host,
    targetHost: hostAndPort(location.host, location.port),
  }
}

async function send(
  exchange: HttpExchange,
  target: Parameters<Backends['request']>[0],
  { prefix, path }: Rewriting,
  backends: Backends,
  signal: AbortSignal,
): Promise<BackendResponse> {
  const { method } = exchange
  const headers = { ...forwardedHeaders(exchange), 'x-forwarded-uri': `${prefix}${path}` }
  try {
    return await backends.request(target, { method, headers, signal, ...forwardedBody(exchange) })
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    throw serviceUnavailable(`error trying to reach service: ${why}`)
  }
}

async function answer(
  exchange: HttpExchange,
  { status, headers, body }: BackendResponse,
  rewriting: Rewriting,
): Promise<void> {
  const { location, ...returned } = returnedHeaders(headers)
  const moved = location !== undefined && { location: rewrittenUrl(String(location), rewriting) }
  if (!isPlainHtml(headers) || exchange.method === 'HEAD') {
    const stream = exchange.startStream(status, { ...returned, ...moved })
    return copyBody({ body }, stream)
  }
  const { 'content-length': _, ...others } = returned
  const stream = exchange.startStream(status, { ...others, ...moved })
  await copyBody({ body: rewrittenHtml(body, rewriting) }, stream)
}

function isPlainHtml(headers: BackendResponse['headers']): boolean {
  const isHtml = String(headers['content-type'] ?? '').startsWith('text/html')
  return isHtml && headers['content-encoding'] === undefined
}
