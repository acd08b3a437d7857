interface Waiter<T> {
  readonly holds: (object: T | undefined) => boolean
  readonly callback: () => void
}

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined }

/** Who waits for an object, by its key, to come into some state. */
export class ObjectWaiters<T> {
  readonly #waiters = new Map<string, Set<Waiter<T>>>()

  add(
    key: string,
    now: T | undefined,
    holds: (object: T | undefined) => boolean,
    callback: () => void,
  ): Disposable {
    if (holds(now)) {
      callback()
      return NOTHING
    }
    const waiter = { holds, callback }
    const waiting = this.#waiters.get(key)
    if (waiting) waiting.add(waiter)
    else this.#waiters.set(key, new Set([waiter]))
    return { [Symbol.dispose]: () => this.#remove(key, waiter) }
  }

  changed(key: string, object: T | undefined): void {
    for (const waiter of this.#waiters.get(key) ?? []) {
      if (!waiter.holds(object)) continue
      this.#remove(key, waiter)
      waiter.callback()
    }
  }

  #remove(key: string, waiter: Waiter<T>): void {
    const waiting = this.#waiters.get(key)
    waiting?.delete(waiter)
    if (waiting?.size === 0) this.#waiters.delete(key)
  }
}
