import type { Authentication, Authenticator } from './authenticator.ts'

/** Asks in order; the first that knows who it is decides. Wrong credentials of one kind do not spoil right ones of another. */
export function union(authenticators: readonly Authenticator[]): Authenticator {
  return async (credentials) => {
    const failures: string[] = []
    for (const authenticate of authenticators) {
      const answer = authenticate(credentials)
      // Most authenticators answer at once, and every request asks them.
      const result = answer instanceof Promise ? await answer : answer
      if (!result) continue
      if ('user' in result) return result
      failures.push(result.failure)
    }
    return failed(failures)
  }
}

function failed(failures: readonly string[]): Authentication | undefined {
  if (failures.length === 0) return undefined
  return { failure: failures.length === 1 ? failures[0]! : `[${failures.join(', ')}]` }
}
