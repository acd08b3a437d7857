import type { Clock } from '../../base/clock.ts'

const DELAY_MS_MIN = 1000

/** When each Pod's volumes are to be looked at again: at the earliest time that anything in them names. */
export class Renewals implements Disposable {
  readonly #clock: Clock
  readonly #due: (podUid: string) => void
  readonly #set = new Map<string, { readonly atMs: number; readonly timer: Disposable }>()

  constructor(clock: Clock, due: (podUid: string) => void) {
    this.#clock = clock
    this.#due = due
  }

  /** Has the Pod looked at then, unless it is to be sooner. */
  at(podUid: string, atMs: number): void {
    const now = this.#clock.now()
    const set = this.#set.get(podUid)
    if (set && set.atMs > now && set.atMs <= atMs) return
    set?.timer[Symbol.dispose]()
    const delayMs = Math.max(DELAY_MS_MIN, atMs - now)
    const timer = this.#clock.after(delayMs, () => this.#due(podUid))
    this.#set.set(podUid, { atMs: now + delayMs, timer })
  }

  forget(podUid: string): void {
    this.#set.get(podUid)?.timer[Symbol.dispose]()
    this.#set.delete(podUid)
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#set.values()) timer[Symbol.dispose]()
    this.#set.clear()
  }
}
