import type { Clock } from '../base/clock.ts'

const BURST_MS = 20 // A key may keep the thread for so long before it has to rest.
const SHARE = 0.1 // Of all time, that a key may take in the long run.
const REST_MS_MAX = 30_000 // Whatever a pass took: on a busy machine, much of that was not its own doing.
const REMEMBERED_MAX = 1024 // More keys than these are looked through for those that have rested.

interface Budget {
  readonly usedMs: number
  readonly atMs: number
}

/**
 * How much of the thread's time each key takes. What a pass does for a large object it would do again for each small
 * change of it; a key that rests a while has changes come together.
 */
export class KeyBudgets {
  readonly #clock: Clock
  readonly #budgets = new Map<string, Budget>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The key has kept the thread for `ms` milliseconds; tells for how many it should rest. */
  charge(key: string, ms: number): number {
    const usedMs = this.#used(key) + ms
    if (usedMs < 1) {
      this.#budgets.delete(key)
      return 0
    }
    this.#budgets.set(key, { usedMs, atMs: this.#clock.monotonic() })
    if (this.#budgets.size > REMEMBERED_MAX) this.#forgetRested()
    return Math.min(REST_MS_MAX, Math.max(0, usedMs - BURST_MS) / SHARE)
  }

  #used(key: string): number {
    const budget = this.#budgets.get(key)
    if (!budget) return 0
    return Math.max(0, budget.usedMs - (this.#clock.monotonic() - budget.atMs) * SHARE)
  }

  #forgetRested(): void {
    for (const key of this.#budgets.keys()) {
      if (this.#used(key) === 0) this.#budgets.delete(key)
    }
  }
}
