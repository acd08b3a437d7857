import { linkedAbort } from '../../base/async.ts'
import type { HttpExchange, RequestHeaders } from '../../serving/exchange.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import { utf8 } from '../base/bytes.ts'
import type { BackendResponse } from '../connect/backends.ts'
import { copyBody, forwardedBody, forwardedHeaders, returnedHeaders } from '../connect/forward.ts'
import { requestTimeoutMs } from '../http/request-timeout.ts'
import type { Registry } from '../registry/registry.ts'
import { extensionTarget, type ExtensionOptions } from './extension-calls.ts'
import type { ExternalVersion } from './external-versions.ts'
import { remoteHeaders } from './remote-headers.ts'

export interface ServeExternalOptions extends ExtensionOptions {
  readonly registry: Registry
  readonly requestTimeoutLimitMs?: number | undefined
}

/**
 * Hands a request on to the server that answers its group and version, saying for whom it is, and the answer back
 * (kube-aggregator's handler_proxy.go). `isLong` where it may take as long as it likes.
 */
export async function serveExternal(
  exchange: HttpExchange,
  external: ExternalVersion,
  user: UserInfo,
  isLong: boolean,
  options: ServeExternalOptions,
): Promise<void> {
  const { backends } = options
  if (!external.available || !backends) return plain(exchange, 503, 'service unavailable')
  const path = exchange.query === '' ? exchange.path : `${exchange.path}?${exchange.query}`
  const found = await extensionTarget(external.service, options).catch(() => undefined)
  if (!found) return plain(exchange, 503, 'service unavailable')
  const target = { ...found, path, headers: remoteHeaders(user) }
  if (exchange.upgrade) return backends.upgrade(exchange, target)
  using abort = linkedAbort(exchange.signal)
  const { clock, requestTimeoutLimitMs } = options
  const limitMs = requestTimeoutMs(exchange.query, requestTimeoutLimitMs)
  using _ = isLong
    ? undefined
    : clock.after(limitMs, () => abort.abort(new Error('context deadline exceeded')))
  try {
    const headers = sentHeaders(exchange, user)
    const { method } = exchange
    const { signal } = abort
    const body = forwardedBody(exchange)
    const response = await backends.request(target, { method, headers, signal, ...body })
    if (isRedirect(response)) return plain(exchange, 502, REDIRECTED)
    await copyBody(
      response,
      exchange.startStream(response.status, returnedHeaders(response.headers)),
    )
  } catch (error) {
    exchange.signal.throwIfAborted()
    const reason: unknown = abort.signal.aborted ? abort.signal.reason : error
    const why = reason instanceof Error ? reason.message : String(reason)
    plain(exchange, 503, `error trying to reach service: ${why}`)
  } finally {
    abort.abort()
  }
}

const REDIRECTED = 'the backend attempted to redirect this request, which is not permitted'

function isRedirect({ status, headers }: BackendResponse): boolean {
  return status >= 300 && status < 400 && headers['location'] !== undefined
}

function sentHeaders(exchange: HttpExchange, user: UserInfo): RequestHeaders {
  return { ...forwardedHeaders(exchange), ...remoteHeaders(user) }
}

/** Where the aggregator itself has to say something, it says it as plain text. */
function plain(exchange: HttpExchange, status: number, text: string): void {
  if (exchange.responded) return
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  }
  exchange.respond(status, headers, utf8(`${text}\n`))
}
