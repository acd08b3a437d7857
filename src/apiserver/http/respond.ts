import { toStatus } from '../../apimachinery/status-error.ts'
import type { Status } from '../../apimachinery/status.ts'
import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import { encodeJson } from '../../schema/json.ts'
import type { HttpExchange, ResponseHeaders } from '../../serving/exchange.ts'
import { utf8 } from '../base/bytes.ts'

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
): Status {
  const status = toStatus(error)
  if (!exchange.responded) respondStatus(exchange, status, headers)
  return status
}

function respondStatus(exchange: HttpExchange, status: Status, headers: ResponseHeaders): void {
  const seconds = status.details?.retryAfterSeconds
  exchange.respond(
    status.code,
    {
      ...headers,
      'content-type': JSON_TYPE,
      ...(seconds && { 'retry-after': String(seconds) }),
    },
    utf8(`${encodeJson(status)}\n`),
  )
}
