import type { Clock } from '../base/clock.ts'

const WAIT_MS_MAX = 10_000 // There may be no range left: then Pods are given other addresses.

/** The nodes that have been given no range of addresses for their Pods yet, and so begin none. */
export class AwaitedRanges implements Disposable {
  readonly #clock: Clock
  readonly #over: (node: string) => void
  readonly #timers = new Map<string, Disposable>()

  /** `over` is told of a node that waits no longer. */
  constructor(clock: Clock, over: (node: string) => void) {
    this.#clock = clock
    this.#over = over
  }

  has(node: string): boolean {
    return this.#timers.has(node)
  }

  add(node: string): void {
    this.forget(node)
    this.#timers.set(
      node,
      this.#clock.after(WAIT_MS_MAX, () => this.given(node)),
    )
  }

  given(node: string): void {
    if (this.forget(node)) this.#over(node)
  }

  /** Tells whether it was awaited. */
  forget(node: string): boolean {
    this.#timers.get(node)?.[Symbol.dispose]()
    return this.#timers.delete(node)
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) timer[Symbol.dispose]()
    this.#timers.clear()
  }
}
