import type { FieldIndex } from './field-index.ts'
import { RecentEvents } from './recent-events.ts'

/** What is known of a resource while the store is being watched. */
export class Source {
  readonly recent: RecentEvents
  readonly indexes: ReadonlyMap<string, FieldIndex>
  readonly abort = new AbortController()
  #position: number
  readonly #waiting = new Set<{ readonly revision: number; readonly resolve: () => void }>()

  constructor(revision: number, indexes: ReadonlyMap<string, FieldIndex>) {
    this.#position = revision
    this.recent = new RecentEvents(revision)
    this.indexes = indexes
  }

  /** Every event up to this revision has been handed out. */
  get position(): number {
    return this.#position
  }

  advance(revision: number): void {
    this.#position = Math.max(this.#position, revision)
    for (const waiter of this.#waiting) {
      if (waiter.revision <= this.#position) this.#release(waiter)
    }
  }

  /** Resolves when the position is there, or never will be. */
  reached(revision: number): Promise<void> {
    if (this.#position >= revision || this.abort.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.add({ revision, resolve }))
  }

  end(): void {
    this.abort.abort()
    for (const waiter of this.#waiting) this.#release(waiter)
  }

  #release(waiter: { readonly revision: number; readonly resolve: () => void }): void {
    this.#waiting.delete(waiter)
    waiter.resolve()
  }
}
