import { AssertionError } from 'node:assert'
import { setTimeout as delay } from 'node:timers/promises'

const TIMEOUT_MS = 180_000 // Machines that run tests are busy; one that is not never waits for it.
const PAUSE_MS_MAX = 100

/**
 * For tests: calls `probe` until it returns something other than undefined and false, and returns that. Failed
 * assertions in it count as not yet. The longer it takes, the longer are the pauses, which never add more than a tenth.
 * Throws the last failed assertion, or a timeout, after three minutes.
 */
export async function eventually<T>(
  probe: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const startMs = performance.now()
  for (;;) {
    let failure: AssertionError | undefined
    try {
      const value = await probe()
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      failure = error
    }
    const elapsedMs = performance.now() - startMs
    if (elapsedMs > TIMEOUT_MS) {
      throw failure ?? new Error(`Timed out after ${TIMEOUT_MS} ms waiting for ${probe.toString()}`)
    }
    await delay(Math.min(elapsedMs / 10, PAUSE_MS_MAX))
  }
}
