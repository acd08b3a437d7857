import type { StoreEvent } from '../../storage/store.ts'

/** Tells of every write to a cluster's store, at once. */
export class Changes {
  readonly #listeners = new Set<(event: StoreEvent) => void>()
  #last: StoreEvent | undefined

  /** The newest write. */
  get last(): StoreEvent | undefined {
    return this.#last
  }

  readonly tell = (event: StoreEvent): void => {
    this.#last = event
    for (const listener of this.#listeners) listener(event)
  }

  /** Calls the listener for each write until disposed. It must be quick, and may not throw. */
  subscribe(listener: (event: StoreEvent) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }
}
