import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import {
  bodyLength,
  type HttpExchange,
  type ResponseBody,
  type ResponseHeaders,
} from './exchange.ts'

const THRESHOLD_BYTES = 128 * 1024 // Upstream's: below, compressing costs more than it saves.

const compress = promisify(gzip)

/**
 * Sends a response, compressed where the client takes gzip and the body is long enough to be worth it
 * (the feature APIResponseCompression). Compresses off the main thread; resolves when the response is on its way.
 */
export function respondGzipped(
  exchange: HttpExchange,
  status: number,
  headers: ResponseHeaders,
  body: ResponseBody,
): Promise<void> | undefined {
  if (bodyLength(body) > THRESHOLD_BYTES && acceptsGzip(exchange)) {
    return respondCompressed(exchange, status, headers, body)
  }
  exchange.respond(status, headers, body)
  return undefined
}

async function respondCompressed(
  exchange: HttpExchange,
  status: number,
  headers: ResponseHeaders,
  body: ResponseBody,
): Promise<void> {
  const bytes = body instanceof Uint8Array ? body : Buffer.concat(body)
  const compressed = await compress(bytes, { level: constants.Z_BEST_SPEED })
  const more = { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }
  exchange.respond(status, more, compressed)
}

// As upstream does: the plain token, no weights.
function acceptsGzip({ headers }: HttpExchange): boolean {
  const accepted = String(headers['accept-encoding'] ?? '')
  return accepted.split(',').some((token) => token.trim() === 'gzip')
}
