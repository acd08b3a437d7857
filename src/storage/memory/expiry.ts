import type { Clock } from '../../base/clock.ts'
import { PersistentTree } from '../btree.ts'
import type { StoredEntry, StoredEvent } from './plan-write.ts'

const EXPIRED_AT_ONCE_MAX = 500 // So that many keys due together do not hold up everything else.

/** Keys in order of time: the key of this tree is the time, then the store's key. */
export type Deadlines = PersistentTree<string, StoredEntry>

/** Calls back for each key whose time has come. One timer, for the next of them; none where none is due ever. */
export class Expiry implements Disposable {
  readonly #clock: Clock
  readonly #expire: (entry: StoredEntry) => void
  readonly #deadlines: Deadlines
  #timer: Disposable | undefined
  #timerAtMs = Infinity

  constructor(
    clock: Clock,
    expire: (entry: StoredEntry) => void,
    deadlines: Deadlines = new PersistentTree(),
  ) {
    this.#clock = clock
    this.#expire = expire
    this.#deadlines = deadlines
  }

  /** All that is waited for, for a copy to wait for too. */
  deadlines(): Deadlines {
    return this.#deadlines.snapshot()
  }

  add(entry: StoredEntry): void {
    if (entry.expiresAtMs !== undefined)
      this.#deadlines.set(deadlineKey(entry, entry.expiresAtMs), entry)
  }

  /** Takes note of what became visible. */
  apply({ previous, entry }: StoredEvent): void {
    if (previous?.expiresAtMs !== undefined)
      this.#deadlines.delete(deadlineKey(previous, previous.expiresAtMs))
    if (entry?.expiresAtMs === undefined) return
    this.add(entry)
    if (entry.expiresAtMs < this.#timerAtMs) this.start()
  }

  /** Waits for the next deadline, if there is any. */
  start(): void {
    this[Symbol.dispose]()
    const [next] = this.#deadlines.values({}, 1)
    if (next?.expiresAtMs === undefined) return
    this.#timerAtMs = next.expiresAtMs
    const delayMs = Math.max(0, next.expiresAtMs - this.#clock.now())
    this.#timer = this.#clock.after(delayMs, () => this.#expireDue())
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#timerAtMs = Infinity
  }

  // Timers may be early, as those of more than 24 days are; so the clock decides.
  #expireDue(): void {
    const now = this.#clock.now()
    for (const entry of this.#deadlines.values({}, EXPIRED_AT_ONCE_MAX)) {
      if (entry.expiresAtMs! > now) break
      this.#deadlines.delete(deadlineKey(entry, entry.expiresAtMs!))
      this.#expire(entry)
    }
    this.start()
  }
}

const DIGITS = String(Number.MAX_SAFE_INTEGER).length

function deadlineKey(entry: StoredEntry, expiresAtMs: number): string {
  return `${String(Math.ceil(expiresAtMs)).padStart(DIGITS, '0')} ${entry.key}`
}
