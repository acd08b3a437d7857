import { PriorityQueue } from '../base/queue-priority.ts'

interface Waiter {
  readonly version: number
  readonly callback: () => void
  disposed: boolean
}

/**
 * Who waits for a resourceVersion to be seen. The resourceVersions of one collection grow and can be compared as
 * numbers (KEP-5504); one that is no number counts as seen, since nothing can be known of it.
 */
export class VersionWaiters {
  #reached = -1
  readonly #waiters = new PriorityQueue<Waiter>((a, b) => a.version - b.version)

  hasReached(resourceVersion: string): boolean {
    return !(Number(resourceVersion) > this.#reached)
  }

  add(resourceVersion: string, callback: () => void): Disposable {
    const waiter = { version: Number(resourceVersion), callback, disposed: false }
    if (this.hasReached(resourceVersion)) callback()
    else this.#waiters.push(waiter)
    return { [Symbol.dispose]: () => void (waiter.disposed = true) }
  }

  /** Everything up to this resourceVersion has been seen. */
  advance(resourceVersion: string): void {
    const version = Number(resourceVersion)
    if (!(version > this.#reached)) return
    this.#reached = version
    for (;;) {
      const next = this.#waiters.peek()
      if (!next || next.version > version) return
      this.#waiters.pop()
      if (!next.disposed) next.callback()
    }
  }
}
