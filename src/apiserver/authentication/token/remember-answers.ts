import type { Clock } from '../../../base/clock.ts'
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

interface Remembered {
  readonly answer: Authentication | undefined
  readonly untilMs: number
}

/**
 * Asks once for a token, and for a while answers the same. Requests at one time share one question. Tokens are kept as
 * digests: neither memory nor the time that a look-up takes tells anything of them.
 */
export function rememberAnswers(ask: Authenticator, options: RememberOptions): Authenticator {
  const { clock, crypto, successMs, failureMs } = options
  const known = new Map<string, Remembered>()
  const asking = new Map<string, Promise<Authentication | undefined>>()
  return async (credentials) => {
    const { bearerToken, audiences = [] } = credentials
    if (bearerToken === undefined) return undefined
    const key = crypto.hashHex('sha256', JSON.stringify([bearerToken, audiences]))
    const remembered = known.get(key)
    if (remembered && clock.monotonic() < remembered.untilMs) return remembered.answer
    const begun = asking.get(key)
    if (begun) return begun
    const question = Promise.resolve(ask(credentials))
    asking.set(key, question)
    try {
      const answer = await question
      const forMs = answer && 'user' in answer ? successMs : failureMs
      // A server that could not be asked is asked again.
      if (forMs > 0 && !(answer && 'isPassing' in answer)) {
        if (known.size >= ANSWERS_MAX) known.delete(known.keys().next().value!)
        known.delete(key)
        known.set(key, { answer, untilMs: clock.monotonic() + forMs })
      }
      return answer
    } finally {
      asking.delete(key)
    }
  }
}
