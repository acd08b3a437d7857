import type { ApiObject } from '../registry/api-object.ts'
import { Batch } from './batch.ts'
import { itemOf, type CacheEvent, type WatchItem } from './event.ts'
import type { Filter } from './filter.ts'
import type { Watcher } from './watcher.ts'

/** The watches of one filter. */
interface Group {
  readonly filter: Filter
  readonly watchers: Set<Watcher>
  pending: WatchItem[]
}

/** The groups whose filter demands a value of one field, by that value. */
interface TriggerIndex {
  readonly valueOf: (object: ApiObject) => string
  readonly byValue: Map<string, Set<Group>>
}

/**
 * All watches of a resource, by filter. An event is tried against a filter once, however many watches share it, and
 * not at all where the filter's trigger rules it out: with 10,000 nodes that watch their own Pods, one of them looks.
 */
export class Groups {
  readonly #byKey = new Map<string, Group>()
  readonly #untriggered = new Set<Group>()
  readonly #triggered = new Map<string, TriggerIndex>()

  get size(): number {
    return this.#byKey.size
  }

  /** How many watches look at every event. */
  get untriggeredWatchers(): number {
    let count = 0
    for (const { watchers } of this.#untriggered) count += watchers.size
    return count
  }

  add(filter: Filter, watcher: Watcher): void {
    let group = this.#byKey.get(filter.key)
    if (!group) {
      group = { filter, watchers: new Set(), pending: [] }
      this.#byKey.set(filter.key, group)
      this.#siblings(filter).add(group)
    }
    group.watchers.add(watcher)
  }

  remove(filter: Filter, watcher: Watcher): void {
    const group = this.#byKey.get(filter.key)
    if (!group?.watchers.delete(watcher) || group.watchers.size > 0) return
    this.#byKey.delete(filter.key)
    this.#siblings(filter).delete(group)
    this.#forgetEmpty(filter)
  }

  *watchers(): Generator<Watcher> {
    for (const group of this.#byKey.values()) yield* group.watchers
  }

  /** Tells every watch what concerns it. */
  dispatch(events: readonly CacheEvent[]): void {
    const touched = new Set<Group>()
    for (const event of events) {
      for (const group of this.#untriggered) offer(group, event, touched)
      for (const index of this.#triggered.values()) {
        for (const group of triggeredBy(event, index)) offer(group, event, touched)
      }
    }
    for (const group of touched) {
      const batch = new Batch(group.pending)
      group.pending = []
      for (const watcher of group.watchers) watcher.push(batch)
    }
  }

  #siblings({ trigger }: Filter): Set<Group> {
    if (!trigger) return this.#untriggered
    const index = this.#triggered.getOrInsertComputed(trigger.field, () => ({
      valueOf: trigger.valueOf,
      byValue: new Map(),
    }))
    return index.byValue.getOrInsertComputed(trigger.value, () => new Set())
  }

  #forgetEmpty({ trigger }: Filter): void {
    if (!trigger) return
    const index = this.#triggered.get(trigger.field)
    if (index?.byValue.get(trigger.value)?.size === 0) index.byValue.delete(trigger.value)
    if (index?.byValue.size === 0) this.#triggered.delete(trigger.field)
  }
}

function offer(group: Group, event: CacheEvent, touched: Set<Group>): void {
  const item = itemOf(event, group.filter)
  if (!item) return
  group.pending.push(item)
  touched.add(group)
}

function* triggeredBy(event: CacheEvent, { valueOf, byValue }: TriggerIndex): Generator<Group> {
  const now = event.object && valueOf(event.object.object)
  const before = event.previous && valueOf(event.previous.object)
  if (now !== undefined) yield* byValue.get(now) ?? []
  if (before !== undefined && before !== now) yield* byValue.get(before) ?? []
}
