import type { Clock } from '../../base/clock.ts'
import type { Resource } from '../registry/resource.ts'

const FRESH_MS = 60_000

/** About how many objects of each resource are stored, to judge how much a list will cost. Counted now and then. */
export class ObjectCounts {
  readonly #clock: Clock
  readonly #counts = new WeakMap<Resource, { count: number | undefined; askedMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What was counted last; undefined the first time. Does not wait: a guess is not worth that. */
  of(resource: Resource): number | undefined {
    const known = this.#counts.get(resource)
    const now = this.#clock.monotonic()
    if (known && now - known.askedMs < FRESH_MS) return known.count
    this.#counts.set(resource, { count: known?.count, askedMs: now })
    const { store } = resource.env
    store.list(resource.prefix, { limit: 1 }).then(
      ({ count }) => this.#counts.set(resource, { count, askedMs: now }),
      // The list itself will say what is wrong.
      () => undefined,
    )
    return known?.count
  }
}
