import type { Clock } from '../../base/clock.ts'
import type { Pause } from '../base/pace.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { Batch } from './batch.ts'
import { itemOf, type CacheEvent, type WatchItem } from './event.ts'
import type { Filter } from './filter.ts'
import type { Watcher } from './watcher.ts'

const WATCHES_AT_ONCE = 32 // Each takes a write to its connection: a millisecond together, or two.
// A write of 64 events takes not twice as long as one of a single event, and nobody notices so short a wait.
const REST_MS = 30

/** The watches of one filter. */
interface Group {
  readonly filter: Filter
  readonly watchers: Set<Watcher>
  /** What they are to be told. */
  pending: WatchItem[]
  /** What those are told after it that want to know how far they are. */
  bookmark: Batch | undefined
  /** Those that are told how far they are for themselves, because they are about to end. */
  readonly ending: Map<Watcher, Batch>
  /** Ends its rest: its many watches have just been told something, and what happens now is gathered. */
  rest: Disposable | undefined
}

/** The groups whose filter demands a value of one field, by that value. */
interface TriggerIndex {
  readonly valueOf: (object: ApiObject) => string
  readonly byValue: Map<string, Set<Group>>
}

/**
 * All watches of a resource, by filter. An event is tried against a filter once, however many watches share it, and
 * not at all where the filter's trigger rules it out: with 10,000 nodes that watch their own Pods, one of them looks.
 *
 * One turn of the event loop tells no more than some of them. What happens until all have been told is told in one go,
 * and many watches of one filter rest after that: a single change is told at once, but the more happens, the fewer writes
 * an event takes.
 */
export class Groups {
  readonly #clock: Clock
  readonly #pause: Pause | undefined
  readonly #byKey = new Map<string, Group>()
  readonly #untriggered = new Set<Group>()
  readonly #triggered = new Map<string, TriggerIndex>()
  /** Those that something is to be told, in order. */
  readonly #due = new Set<Group>()
  #isTelling = false
  #isDisposed = false

  /** Without a pause, all are told at once. */
  constructor(clock: Clock, pause?: Pause) {
    this.#clock = clock
    this.#pause = pause
  }

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
      group = {
        filter,
        watchers: new Set(),
        pending: [],
        bookmark: undefined,
        ending: new Map(),
        rest: undefined,
      }
      this.#byKey.set(filter.key, group)
      this.#siblings(filter).add(group)
    }
    group.watchers.add(watcher)
  }

  remove(filter: Filter, watcher: Watcher): void {
    const group = this.#byKey.get(filter.key)
    group?.ending.delete(watcher)
    if (!group?.watchers.delete(watcher) || group.watchers.size > 0) return
    group.rest?.[Symbol.dispose]()
    this.#byKey.delete(filter.key)
    this.#siblings(filter).delete(group)
    this.#forgetEmpty(filter)
  }

  *watchers(): Generator<Watcher> {
    for (const group of this.#byKey.values()) yield* group.watchers
  }

  /** Tells every watch what concerns it. */
  dispatch(events: readonly CacheEvent[]): void {
    for (const event of events) {
      for (const group of this.#untriggered) this.#offer(group, event)
      for (const index of this.#triggered.values()) {
        for (const group of triggeredBy(event, index)) this.#offer(group, event)
      }
    }
    this.#tell()
  }

  /** Tells every watch that wants to know that it has been told all up to a revision. */
  bookmark(revision: number): void {
    const batch = bookmarkAt(revision)
    for (const group of this.#byKey.values()) {
      group.bookmark = batch
      this.#markDue(group)
    }
    this.#tell()
  }

  /** Tells one watch that it has been told all up to a revision, behind what it is still to be told. */
  lastBookmark(filter: Filter, watcher: Watcher, revision: number): void {
    const group = this.#byKey.get(filter.key)
    if (!group) return
    group.ending.set(watcher, bookmarkAt(revision))
    this.#markDue(group)
    this.#tell()
  }

  /** Nothing is told any more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true
    for (const { rest } of this.#byKey.values()) rest?.[Symbol.dispose]()
    this.#due.clear()
  }

  #offer(group: Group, event: CacheEvent): void {
    const item = itemOf(event, group.filter)
    if (!item) return
    group.pending.push(item)
    this.#markDue(group)
  }

  #markDue(group: Group): void {
    if (!group.rest) this.#due.add(group)
  }

  #tell(): void {
    if (!this.#isTelling) void this.#tellAll()
  }

  // A group that something happens to while it is being told comes again, behind the others.
  async #tellAll(): Promise<void> {
    this.#isTelling = true
    let told = 0
    for (const group of this.#due) {
      this.#due.delete(group)
      const batch = group.pending.length > 0 ? new Batch(group.pending) : undefined
      const { bookmark } = group
      const ending = new Map(group.ending)
      group.pending = []
      group.bookmark = undefined
      group.ending.clear()
      for (const watcher of batch || bookmark ? group.watchers : ending.keys()) {
        if (batch) watcher.push(batch)
        const own = bookmark ?? ending.get(watcher)
        if (own && watcher.bookmarks) watcher.pushBookmark(own)
        told += 1
        if (this.#pause && told % WATCHES_AT_ONCE === 0) await this.#pause()
      }
      if (this.#isDisposed) break
      if (this.#pause && group.watchers.size > WATCHES_AT_ONCE) this.#rest(group)
    }
    this.#isTelling = false
  }

  #rest(group: Group): void {
    // What happened while they were told waits, too.
    this.#due.delete(group)
    group.rest = this.#clock.after(REST_MS, () => {
      group.rest = undefined
      if (group.pending.length + group.ending.size === 0 && !group.bookmark) return
      this.#due.add(group)
      this.#tell()
    })
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

function bookmarkAt(revision: number): Batch {
  return new Batch([{ type: 'BOOKMARK', revision, initialEventsEnd: false }])
}

function* triggeredBy(event: CacheEvent, { valueOf, byValue }: TriggerIndex): Generator<Group> {
  const now = event.object && valueOf(event.object.object)
  const before = event.previous && valueOf(event.previous.object)
  if (now !== undefined) yield* byValue.get(now) ?? []
  if (before !== undefined && before !== now) yield* byValue.get(before) ?? []
}
