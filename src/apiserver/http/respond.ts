import { findStatusError, toStatus } from '../../apimachinery/status-error.ts'
import type { Status } from '../../apimachinery/status.ts'
import { Status as StatusMessage } from '../../api/meta/v1/status.ts'
import { utf8 } from '../base/bytes.ts'
import type { HttpExchange, ResponseBody, ResponseHeaders } from '../../serving/exchange.ts'
import { NoSuchPathError } from '../pipeline/dispatch.ts'
import { answerEncoding } from './encodings/encodings.ts'
import { contentTypeOf, negotiate, type Encoding, type Output } from './negotiate.ts'
import { parseQuery } from './query.ts'
import { withPretty } from './visit.ts'

/** Sends a response, compressed perhaps. */
export type Respond = (
  exchange: HttpExchange,
  status: number,
  headers: ResponseHeaders,
  body: ResponseBody,
) => void | Promise<void>

const WARNINGS_LENGTH_MAX = 4096 // Proxies and clients refuse headers that are too long.

/** Header fields that every answer carries. */
export function commonHeaders(
  auditId: string,
  warnings: readonly string[],
): Record<string, string | readonly string[]> {
  const headers = { 'audit-id': auditId, 'cache-control': 'no-cache, private' }
  if (warnings.length === 0) return headers
  return { ...headers, warning: warningValues(warnings) }
}

function warningValues(warnings: readonly string[]): readonly string[] {
  const values: string[] = []
  let length = 0
  for (const warning of new Set(warnings)) {
    const value = `299 - ${quoted(warning)}`
    length += value.length
    if (length > WARNINGS_LENGTH_MAX) break
    values.push(value)
  }
  return values
}

// A header is one line of printable characters (RFC 9110, quoted-string).
function quoted(text: string): string {
  const line = text.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/\p{C}/gu, '')
  return `"${line.replaceAll(/["\\]/g, '\\$&')}"`
}

/** Answers with what went wrong. Words of ours that are no Status go to the log alone. */
export function respondError(
  exchange: HttpExchange,
  error: unknown,
  headers: ResponseHeaders,
  encodings: readonly Encoding[],
): Status {
  const status = toStatus(error)
  if (exchange.responded) return status
  if (error instanceof NoSuchPathError) exchange.respond(404, { ...headers, ...TEXT }, NO_SUCH_PATH)
  else respondStatus(exchange, status, headers, outputFor(exchange, encodings))
  return status
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
const NO_SUCH_PATH = utf8('404 page not found\n')

const READABLE: Output = { encoding: 'json', as: 'object', version: 'v1', pretty: true }

// Who takes nothing that can be given still learns what went wrong.
function outputFor({ headers, query }: HttpExchange, encodings: readonly Encoding[]): Output {
  try {
    const accept = headers['accept'] as string | undefined
    const output = negotiate(accept, { encodings, mayTransform: false })
    return withPretty(output, headers, parseQuery(query))
  } catch (error) {
    if (findStatusError(error)) return READABLE
    throw error
  }
}

function respondStatus(
  exchange: HttpExchange,
  status: Status,
  headers: ResponseHeaders,
  output: Output,
): void {
  const seconds = status.details?.retryAfterSeconds
  const { value } = answerEncoding(output.encoding, output.pretty)
  exchange.respond(
    status.code,
    {
      ...headers,
      'content-type': contentTypeOf(output),
      ...(seconds && { 'retry-after': String(seconds) }),
    },
    value(status, StatusMessage),
  )
}
