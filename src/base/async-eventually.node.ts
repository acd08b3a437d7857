import { AssertionError } from 'node:assert'
import { setTimeout as delay } from 'node:timers/promises'

const TIMEOUT_MS = 30_000 // Machines that run tests are busy.

/**
 * For tests: calls `probe` until it returns something other than undefined and false, and returns that. Failed
 * assertions in it count as not yet. Throws the last of them, or a timeout, when `timeoutMs` have passed.
 */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<Exclude<T, undefined | false>> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    let failure: AssertionError | undefined
    try {
      const value = await probe()
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      failure = error
    }
    if (performance.now() > endMs) {
      throw failure ?? new Error(`Timed out after ${timeoutMs} ms waiting for ${probe.toString()}`)
    }
    await delay(1)
  }
}
