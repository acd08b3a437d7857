import { backoffMs } from '../../base/backoff.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'

const BACKOFF = { baseMs: 1000, maxMs: 10_000 }

/** Counts what fails, by name, and waits longer each time: 1 s to 10 s. */
export interface Retries {
  /** Notes a failure; when to try again, in milliseconds since the epoch. */
  later(name: string): number
  succeeded(name: string): void
  clear(): void
  /** Does something that must work in the end: true where it did, and else false after the wait for the next attempt. */
  attempt(name: string, work: () => Promise<unknown>): Promise<boolean>
}

export interface RetriesOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}

export function retries({ clock, logger, signal }: RetriesOptions): Retries {
  const failures = new Map<string, number>()
  const fail = (name: string): number => {
    const count = (failures.get(name) ?? 0) + 1
    failures.set(name, count)
    return backoffMs(BACKOFF, count)
  }
  return {
    later: (name) => clock.now() + fail(name),
    succeeded: (name) => void failures.delete(name),
    clear: () => failures.clear(),
    async attempt(name, work) {
      try {
        await work()
        failures.delete(name)
        return true
      } catch (error) {
        if (signal.aborted) return false
        logger.warn('Something of a Pod must be tried again', { what: name, error })
        await sleep(clock, fail(name), { signal }).catch(() => undefined)
        return false
      }
    },
  }
}
