import type { IncomingMessage } from 'node:http'
import { linkedAbort } from '../base/async.ts'
import { sleep, type Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.node.ts'
import { createConnections, type ConnectionOptions, type Connections } from './connections.node.ts'
import { LineDecoder } from './line-decoder.ts'
import { httpRequest, type HttpRequest } from './paths.ts'
import type { ApiRequest } from './request.ts'
import { readResponse, readWatchLine, type HttpResponse } from './responses.ts'
import type { CallOptions, RawWatchEvent, Transport } from './transport.ts'

export interface HttpsTransportOptions extends ConnectionOptions {
  readonly clock?: Clock
}

const CALL_TIMEOUT_MS = 65_000 // The server gives up after 60 s, so nobody answers any more.
const RETRIES_MAX = 10
const RETRY_CODES = new Set([429, 503])

/** Carries requests over HTTPS (HTTP/1.1 on connections kept open). Dispose it to close them. */
export function httpsTransport(options: HttpsTransportOptions): Transport & Disposable {
  const clock = options.clock ?? systemClock
  const connections = createConnections(options)
  const { observer } = connections

  async function call(request: ApiRequest, { signal }: CallOptions = {}): Promise<unknown> {
    const http = httpRequest(request)
    const startMs = clock.monotonic()
    try {
      for (let attempt = 1; ; attempt += 1) {
        const response = await exchange(connections, http, clock, signal)
        observer?.received(http.method, response.body.length)
        const wait = attempt <= RETRIES_MAX ? retryAfterMs(response) : undefined
        if (wait === undefined) return readResponse(request, http, response)
        observer?.retried(http.method, response.code)
        await sleep(clock, wait, signal ? { signal } : {})
      }
    } finally {
      observer?.done(http.method, (clock.monotonic() - startMs) / 1000)
    }
  }

  async function* watch(
    request: ApiRequest,
    { signal }: CallOptions = {},
  ): AsyncGenerator<RawWatchEvent, void, undefined> {
    const http = httpRequest(request)
    const response = await connections.send(http, { watch: true, ...(signal && { signal }) })
    if (response.statusCode !== 200) {
      readResponse(request, http, await readAll(response))
      return
    }
    try {
      const lines = new LineDecoder()
      for await (const chunk of response as AsyncIterable<Uint8Array>) {
        for (const line of lines.push(chunk)) yield readWatchLine(line)
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      // A server that goes away in mid-stream has ended the watch: the watcher begins again from where it was.
      if (!isReset(error)) throw error
    } finally {
      response.destroy()
    }
  }

  return { call, watch, [Symbol.dispose]: () => connections[Symbol.dispose]() }
}

/** Sends a request and reads the answer. A kept connection may have died unseen: what only reads is sent once more. */
async function exchange(
  connections: Connections,
  http: HttpRequest,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  using abort = linkedAbort(signal)
  using _ = clock.after(CALL_TIMEOUT_MS, () => abort.abort(new CallTimeoutError(http)))
  const send = async (): Promise<HttpResponse> =>
    readAll(await connections.send(http, { signal: abort.signal }))
  try {
    return await send()
  } catch (error) {
    if (abort.signal.aborted) throw abort.signal.reason
    if (http.method !== 'GET' || !isReset(error)) throw error
    return await send()
  }
}

/** The server did not answer in time; whether it did what was asked is not known. */
class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError'

  constructor({ method, path }: HttpRequest) {
    super(`Cannot complete ${method} ${path}: the server did not answer in ${CALL_TIMEOUT_MS} ms`)
  }
}

async function readAll(response: IncomingMessage): Promise<HttpResponse> {
  const chunks: Uint8Array[] = []
  for await (const chunk of response as AsyncIterable<Uint8Array>) chunks.push(chunk)
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
  return {
    code: response.statusCode ?? 0,
    body: Buffer.concat(chunks),
    ...(Number.isFinite(seconds) && { retryAfterSeconds: seconds }),
  }
}

function retryAfterMs({ code, retryAfterSeconds }: HttpResponse): number | undefined {
  if (!RETRY_CODES.has(code) || retryAfterSeconds === undefined) return undefined
  return retryAfterSeconds * 1000
}

/** Whether the connection broke, rather than anything being refused. */
function isReset(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ECONNRESET' || code === 'EPIPE') return true
  return error.cause !== undefined && isReset(error.cause)
}
