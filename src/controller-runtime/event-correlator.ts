/** An event as a controller tells it, before it becomes an object. */
export interface Occurrence {
  /** The object concerned, as one text. */
  readonly about: string
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** How an occurrence is to be written. */
export type Recorded =
  | { readonly type: 'new'; readonly key: string; readonly message: string; readonly count: number }
  /** The event that was written under `name` has happened again. */
  | {
      readonly type: 'again'
      readonly key: string
      readonly name: string
      readonly message: string
      readonly count: number
      readonly firstMs: number
    }

const REMEMBERED_MAX = 4096 // Of each kind of memory; the least recently used is forgotten first.
const SIMILAR_MAX = 10 // More different messages than these, of one reason within the interval, are told as one.
const SIMILAR_INTERVAL_MS = 600_000
const BURST = 25 // Events about one object at once; later ones need a refill.
const REFILL_MS = 300_000

interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

interface Similar {
  readonly messages: ReadonlySet<string>
  readonly atMs: number
}

interface Written {
  readonly name: string
  readonly count: number
  readonly firstMs: number
}

/**
 * Keeps events from flooding the cluster: equal ones are counted, many similar ones told as one, and one object may
 * cause only so many. The limits are those of client-go's EventCorrelator.
 */
export class EventCorrelator {
  readonly #similar = new RecentMap<Similar>()
  readonly #buckets = new RecentMap<Bucket>()
  readonly #written = new RecentMap<Written>()

  /** Whether an object may cause another event at `nowMs`, which it then has. */
  admit({ about }: Occurrence, nowMs: number): boolean {
    const before = this.#buckets.get(about) ?? { tokens: BURST, atMs: nowMs }
    const tokens = Math.min(BURST, before.tokens + (nowMs - before.atMs) / REFILL_MS)
    this.#buckets.set(about, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs })
    return tokens >= 1
  }

  /** Decides how to write an occurrence at `nowMs`. */
  observe(occurrence: Occurrence, nowMs: number): Recorded {
    const { key, message } = this.#aggregate(occurrence, nowMs)
    const written = this.#written.get(key)
    if (!written) return { type: 'new', key, message, count: 1 }
    const { name, firstMs } = written
    return { type: 'again', key, name, message, firstMs, count: written.count + 1 }
  }

  /** Remembers what was written for `key`. */
  wrote(key: string, written: Written): void {
    this.#written.set(key, written)
  }

  #aggregate(occurrence: Occurrence, nowMs: number): { key: string; message: string } {
    const { about, type, reason, message } = occurrence
    const group = JSON.stringify([about, type, reason])
    const before = this.#similar.get(group)
    const fresh = before && nowMs - before.atMs <= SIMILAR_INTERVAL_MS
    const messages = new Set(fresh ? before.messages : [])
    messages.add(message)
    if (messages.size < SIMILAR_MAX) {
      this.#similar.set(group, { messages, atMs: nowMs })
      return { key: JSON.stringify([about, type, reason, message]), message }
    }
    messages.delete(messages.values().next().value!)
    this.#similar.set(group, { messages, atMs: nowMs })
    return { key: group, message: `(combined from similar events): ${message}` }
  }
}

/** A map that forgets the entry that was set longest ago when it is full. */
class RecentMap<V> {
  readonly #entries = new Map<string, V>()

  get(key: string): V | undefined {
    return this.#entries.get(key)
  }

  set(key: string, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > REMEMBERED_MAX) {
      this.#entries.delete(this.#entries.keys().next().value!)
    }
  }
}
