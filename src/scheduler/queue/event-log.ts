import type { ClusterEvent } from '../framework/cluster-event.ts'

const TRIM_AT = 1024

/** The events since the oldest Pod in flight was taken: what happened while a Pod was tried may have helped it. */
export class EventLog {
  #events: ClusterEvent[] = []
  #first = 0
  readonly #inFlight = new Map<string, number>()

  begin(uid: string): void {
    this.#inFlight.set(uid, this.#first + this.#events.length)
  }

  note(event: ClusterEvent): void {
    if (this.#inFlight.size > 0) this.#events.push(event)
  }

  /** The events since `begin`, which are then no longer kept for this Pod. */
  end(uid: string): readonly ClusterEvent[] {
    const start = this.#inFlight.get(uid)
    if (start === undefined) return []
    const since = this.#events.slice(start - this.#first)
    this.#inFlight.delete(uid)
    this.#trim()
    return since
  }

  // Pods are kept in the order in which they were taken, so that the first is the oldest.
  #trim(): void {
    const oldest = this.#inFlight.values().next().value ?? this.#first + this.#events.length
    if (this.#inFlight.size > 0 && oldest - this.#first < TRIM_AT) return
    this.#events.splice(0, oldest - this.#first)
    this.#first = oldest
  }
}
