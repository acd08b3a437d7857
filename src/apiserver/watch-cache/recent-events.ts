import type { CacheEvent } from './event.ts'

const EVENTS_MAX = 2000

/** The last events of a resource, so that a watch that was interrupted can go on where it was. */
export class RecentEvents {
  #events: CacheEvent[] = []
  /** Every event above this revision is here. */
  #complete: number

  constructor(revision: number) {
    this.#complete = revision
  }

  add(events: readonly CacheEvent[]): void {
    for (const event of events) this.#events.push(event)
    // Cut only when twice as long, so that an event is moved once on average.
    if (this.#events.length < EVENTS_MAX * 2) return
    const cut = this.#events.length - EVENTS_MAX
    this.#complete = this.#events[cut - 1]!.revision
    this.#events = this.#events.slice(cut)
  }

  /** The events above `revision`, in order; undefined where some of them are no longer here. */
  after(revision: number): readonly CacheEvent[] | undefined {
    if (revision < this.#complete) return undefined
    let index = this.#events.length
    while (index > 0 && this.#events[index - 1]!.revision > revision) index -= 1
    return this.#events.slice(index)
  }
}
