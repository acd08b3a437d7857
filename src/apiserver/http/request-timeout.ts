import { parseDuration } from '../../apimachinery/durations.ts'
import { ParseError } from '../../apimachinery/parse-error.ts'
import { badRequest } from '../../apimachinery/status-error.ts'

/** `--request-timeout` */
export const REQUEST_TIMEOUT_MS = 60_000

/**
 * How long a request may take: as long as its `timeout` says, but never longer than the server's own limit. Throws
 * `BadRequest` for a duration that is none.
 */
export function requestTimeoutMs(query: string, limitMs = REQUEST_TIMEOUT_MS): number {
  // Hardly any request says.
  if (!query.includes('timeout=')) return limitMs
  const text = new URLSearchParams(query).get('timeout') ?? ''
  if (text === '') return limitMs
  const wanted = durationOf(text)
  if (wanted < 0)
    throw badRequest('invalid timeout specified in the request URL - timeout must be non-negative')
  return wanted === 0 ? limitMs : Math.min(wanted, limitMs)
}

function durationOf(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    throw badRequest(`invalid timeout specified in the request URL - ${error.message}`)
  }
}
