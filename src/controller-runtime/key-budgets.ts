import type { Clock } from '../base/clock.ts'

const BURST_MS = 20 // A key may keep the thread for so long before it has to rest.
const SHARE = 0.1 // Of all time, that a key may take in the long run.
const ALL_BURST_MS = 100 // The same for all keys of a controller together that take long.
const ALL_SHARE = 0.2
const ALL_REST_MAX = 300 // Times what the pass took: a key that comes once among many does not wait for all of them.
const REST_MS_MAX = 30_000 // Whatever a pass took: on a busy machine, much of that was not its own doing.
const REMEMBERED_MAX = 1024 // More keys than these are looked through for those that have rested.

interface Budget {
  readonly usedMs: number
  readonly atMs: number
}

/**
 * How much of the thread's time each key takes. What a pass does for a large object it would do again for each small
 * change of it; a key that rests a while has changes come together. Many such keys at a time rest the longer.
 */
export class KeyBudgets {
  readonly #clock: Clock
  readonly #budgets = new Map<string, Budget>()
  #all: Budget = { usedMs: 0, atMs: 0 }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The key has kept the thread for `ms` milliseconds; tells for how many it should rest. */
  charge(key: string, ms: number): number {
    const atMs = this.#clock.monotonic()
    const usedMs = this.#used(this.#budgets.get(key), SHARE) + ms
    if (usedMs < 1) {
      this.#budgets.delete(key)
      return 0
    }
    this.#budgets.set(key, { usedMs, atMs })
    if (this.#budgets.size > REMEMBERED_MAX) this.#forgetRested()
    this.#all = { usedMs: this.#used(this.#all, ALL_SHARE) + ms, atMs }
    const ownMs = (usedMs - BURST_MS) / SHARE
    const commonMs = Math.min((this.#all.usedMs - ALL_BURST_MS) / ALL_SHARE, ms * ALL_REST_MAX)
    return Math.min(REST_MS_MAX, Math.max(0, ownMs, commonMs))
  }

  #used(budget: Budget | undefined, share: number): number {
    if (!budget) return 0
    return Math.max(0, budget.usedMs - (this.#clock.monotonic() - budget.atMs) * share)
  }

  #forgetRested(): void {
    for (const [key, budget] of this.#budgets) {
      if (this.#used(budget, SHARE) === 0) this.#budgets.delete(key)
    }
  }
}
