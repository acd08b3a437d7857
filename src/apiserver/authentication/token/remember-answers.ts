import type { Clock } from '../../../base/clock.ts'
import { timedCache } from '../../../base/timed-cache.ts'
import type { Crypto } from '../../../base/crypto.ts'
import type { Authentication, Authenticator } from '../authenticator.ts'

export interface RememberOptions {
  readonly clock: Clock
  readonly crypto: Crypto
  /** How long who was recognised stays so, in milliseconds; 0 remembers nobody. */
  readonly successMs: number
  /** The same for who was refused. */
  readonly failureMs: number
}

const ANSWERS_MAX = 4096

/**
 * Asks once for a token, and for a while answers the same. Requests at one time share one question. Tokens are kept as
 * digests: neither memory nor the time that a look-up takes tells anything of them.
 */
export function rememberAnswers(ask: Authenticator, options: RememberOptions): Authenticator {
  const { clock, crypto, successMs, failureMs } = options
  const known = timedCache<Authentication | undefined>({ clock, max: ANSWERS_MAX })
  const msFor = (answer: Authentication | undefined): number => {
    // A server that could not be asked is asked again.
    if (answer && 'isPassing' in answer) return 0
    return answer && 'user' in answer ? successMs : failureMs
  }
  return async (credentials) => {
    const { bearerToken, audiences = [] } = credentials
    if (bearerToken === undefined) return undefined
    const key = crypto.hashHex('sha256', JSON.stringify([bearerToken, audiences]))
    return known.get(key, () => ask(credentials), msFor)
  }
}
