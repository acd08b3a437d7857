import { backoffMs, type Backoff } from '../base/backoff.ts'
import type { Clock } from '../base/clock.ts'
import { Queue } from '../base/queue.ts'

const RETRY: Backoff = { baseMs: 5, maxMs: 1_000_000 }

interface Delayed {
  readonly dueMs: number
  readonly timer: Disposable
}

/** Told what becomes of the keys of a queue. */
export interface WorkQueueObserver {
  /** A key waits that did not wait before. */
  added(): void
  /** A worker got a key that had waited for so long. */
  taken(waitedMs: number): void
  /** A worker has finished with a key that it had for so long. */
  done(workedMs: number): void
  /** A key is to come again later. */
  delayed(): void
}

export interface WorkQueueOptions {
  readonly clock: Clock
  readonly observer?: WorkQueueObserver
  /** The waits of `retry()`: 5 ms to 1000 s, doubling, where absent. */
  readonly backoff?: Backoff
}

/**
 * Keys of what is to be worked on. A key waits in it only once, however often it is added, and is never given to two
 * workers at a time: added while it is being worked on, it comes again afterwards. First come, first served.
 */
export class WorkQueue implements Disposable {
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #ready = new Queue<string>()
  readonly #observer: WorkQueueObserver | undefined
  /** Keys that wait for a worker, or must come again after the one who has them, and since when. */
  readonly #wanted = new Map<string, number>()
  /** Keys that workers have, and since when. */
  readonly #working = new Map<string, number>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #failures = new Map<string, number>()
  readonly #takers = new Queue<PromiseWithResolvers<string | undefined>>()
  #closed = false

  constructor({ clock, observer, backoff = RETRY }: WorkQueueOptions) {
    this.#clock = clock
    this.#observer = observer
    this.#backoff = backoff
  }

  /** How many keys wait for a worker. */
  get length(): number {
    return this.#ready.length
  }

  /** For how long workers have had each of the keys that they have, in milliseconds. */
  unfinishedMs(): readonly number[] {
    const nowMs = this.#clock.monotonic()
    return [...this.#working.values()].map((sinceMs) => nowMs - sinceMs)
  }

  add(key: string): void {
    if (this.#closed || this.#wanted.has(key)) return
    this.#wanted.set(key, this.#clock.monotonic())
    this.#observer?.added()
    if (!this.#working.has(key)) this.#offer(key)
  }

  /** Adds the key after `ms` milliseconds; where it is to come at some other time too, at the earlier one. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return
    if (ms <= 0) return this.add(key)
    this.#observer?.delayed()
    const dueMs = this.#clock.monotonic() + ms
    const before = this.#delayed.get(key)
    if (before && before.dueMs <= dueMs) return
    before?.timer[Symbol.dispose]()
    const timer = this.#clock.after(ms, () => {
      this.#delayed.delete(key)
      this.add(key)
    })
    this.#delayed.set(key, { dueMs, timer })
  }

  /** Adds the key after a wait that grows with each call until `forget()`. */
  retry(key: string): void {
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    this.addAfter(key, backoffMs(this.#backoff, failures))
  }

  /** The key has been dealt with: the next `retry()` waits a short time again. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** How often the key was to be retried since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** The next key, once there is one. The caller must say `done(key)`. Undefined when the queue is disposed. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined)
    const key = this.#ready.shift()
    if (key !== undefined) return Promise.resolve(this.#give(key))
    const taker = Promise.withResolvers<string | undefined>()
    this.#takers.push(taker)
    return taker.promise
  }

  /** The worker has finished with the key. */
  done(key: string): void {
    const sinceMs = this.#working.get(key)
    this.#working.delete(key)
    if (sinceMs !== undefined) this.#observer?.done(this.#clock.monotonic() - sinceMs)
    if (this.#wanted.has(key) && !this.#closed) this.#offer(key)
  }

  /** Ends all waiting. Keys that are left are dropped. */
  [Symbol.dispose](): void {
    this.#closed = true
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]()
    this.#delayed.clear()
    this.#ready.clear()
    this.#wanted.clear()
    for (;;) {
      const taker = this.#takers.shift()
      if (!taker) return
      taker.resolve(undefined)
    }
  }

  #offer(key: string): void {
    const taker = this.#takers.shift()
    if (taker) taker.resolve(this.#give(key))
    else this.#ready.push(key)
  }

  #give(key: string): string {
    const nowMs = this.#clock.monotonic()
    this.#observer?.taken(nowMs - (this.#wanted.get(key) ?? nowMs))
    this.#wanted.delete(key)
    this.#working.set(key, nowMs)
    return key
  }
}
