import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../base/clock.ts'

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now: number
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): Disposable {
    const timer = { atMs: this.#now + ms, callback }
    this.#timers.add(timer)
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) }
  }

  /** Moves the time, calling back in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = [...this.#timers].toSorted((a, b) => a.atMs - b.atMs)[0]
      if (!next || next.atMs > end) break
      this.#timers.delete(next)
      this.#now = next.atMs
      next.callback()
    }
    this.#now = end
  }
}

test('ManualClock calls back in order of time', () => {
  const clock = new ManualClock(0)
  const seen: number[] = []
  clock.after(20, () => seen.push(clock.now()))
  clock.after(10, () => clock.after(5, () => seen.push(clock.now())))
  clock.after(30, () => assert.fail('not yet'))
  clock.advance(25)
  assert.deepEqual([...seen, clock.now()], [15, 20, 25])
})
