import { abortable } from '../../base/async.ts'
import { backoffMs, type Backoff } from '../../base/backoff.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import {
  CompactedError,
  StoreClosedError,
  type Entry,
  type Store,
  type WatchMessage,
} from '../../storage/store.ts'
import type { Pause } from '../base/pace.ts'
import type { ApiObject } from '../registry/api-object.ts'
import type { StoredObject } from '../registry/stored-object.ts'
import type { Batch } from './batch.ts'
import type { FieldIndex } from './field-index.ts'
import type { Filter } from './filter.ts'
import { buildIndexes, wrongIndex } from './consistency.ts'
import { every } from '../base/every.ts'
import { Groups } from './groups.ts'
import { batchOf, cacheEvent, pastBatches } from './past-events.ts'
import { Source } from './source.ts'
import { initialBatches, type WatchStart } from './watch-start.ts'
import { Watcher } from './watcher.ts'

const BOOKMARK_INTERVAL_MS = 60_000
const LAST_BOOKMARK_MS = 2000 // So long before its end a watch is told how far it is, as by upstream.
const CONSISTENCY_CHECK_MS = 300_000
const RESUME: Backoff = { baseMs: 50, maxMs: 5000 }

export interface WatchCacheOptions {
  readonly store: Store
  /** What the keys of the resource's objects begin with. */
  readonly prefix: string
  readonly objectOf: (entry: Entry) => StoredObject
  readonly clock: Clock
  readonly logger: Logger
  readonly pause?: Pause | undefined
  /** The fields by which objects are looked up often enough to keep an index of them. */
  readonly indexedFields?: Readonly<Record<string, (object: ApiObject) => string>>
}

/** What an index says. */
export interface Lookup {
  /** The keys of the objects, in order. */
  readonly keys: readonly string[]
  /** The revision that this is true for. */
  readonly revision: number
}

export interface WatchOptions {
  readonly start: WatchStart
  readonly filter: Filter
  /** The client wants to be told, now and then, how far it is. */
  readonly bookmarks: boolean
  readonly signal: AbortSignal
  /** When the signal will abort, in milliseconds from now, where that is known. */
  readonly endsInMs?: number
  /** Called where the watch is ended because it was not read. */
  readonly onCutOff?: () => void
  /** Called when all has been told that there was when it began. */
  readonly onBegun?: () => void
}

/**
 * Fans out the changes of one resource: one watch on the store, read while anybody is interested, serves all watches of
 * clients. Reads of the present need nothing of it: they go to the store's own tree.
 */
export class WatchCache {
  readonly #options: WatchCacheOptions
  readonly #groups: Groups
  /** What is there only while the store is being watched. */
  #source: Source | undefined
  #bookmarkTimer: Disposable | undefined
  #closed = false
  /** What happened so far, for metrics. */
  readonly counts = { initializations: 0, received: 0, sent: 0, cutOff: 0 }

  constructor(options: WatchCacheOptions) {
    this.#options = options
    this.#groups = new Groups(options.clock, options.pause)
  }

  /** The revision up to which events have been handed out; undefined where the store is not being watched. */
  get position(): number | undefined {
    return this.#source?.position
  }

  /** The index of a field, where there is one. */
  indexOf(field: string): FieldIndex | undefined {
    return this.#source?.indexes.get(field)
  }

  /** How many watches hear of a change, about. */
  get watchers(): number {
    return this.#groups.untriggeredWatchers
  }

  /** Throws `Expired` where the revision to begin with is no longer known. */
  async *watch(options: WatchOptions): AsyncGenerator<Batch> {
    const { start, filter, bookmarks, signal, onCutOff, onBegun } = options
    const source = await this.#watchedStore()
    if (signal.aborted || source.abort.signal.aborted) return
    const from = start.type === 'state' ? start.state.revision : start.revision
    const seen = source.position
    const recent = source.recent.after(from)
    // Some of what is told already, or read from the store, others may yet have to be told.
    const watcher = new Watcher(recent ? from : Math.max(from, seen), bookmarks, () => {
      this.counts.cutOff += 1
      onCutOff?.()
    })
    if (recent && recent.length > 0) watcher.push(batchOf(recent, filter))
    this.#join(filter, watcher)
    using _ = this.#lastBookmark(options, watcher)
    const end = (): void => watcher.end()
    signal.addEventListener('abort', end, { once: true })
    try {
      if (start.type === 'state')
        yield* initialBatches(start, filter, bookmarks, this.#options.objectOf)
      // What happened up to now; the rest comes through the watcher.
      if (!recent) yield* pastBatches(from, seen, { ...this.#options, filter, signal })
      onBegun?.()
      for (;;) {
        const batch = await watcher.next()
        if (!batch || signal.aborted) return
        this.counts.sent += batch.items.length
        yield batch
      }
    } finally {
      signal.removeEventListener('abort', end)
      this.#groups.remove(filter, watcher)
    }
  }

  /** The objects with a value of a field, not older than now; undefined where there is no index of it. */
  async lookup(field: string, value: string): Promise<Lookup | undefined> {
    const { store, prefix, indexedFields } = this.#options
    if (this.#closed || !indexedFields || !Object.hasOwn(indexedFields, field)) return undefined
    const source = await this.#watchedStore()
    const now = await store.revision()
    if (source.position < now) store.requestProgress(prefix)
    await source.reached(now)
    if (source.abort.signal.aborted) return undefined
    return { keys: source.indexes.get(field)!.keys(value), revision: source.position }
  }

  /** Ends all watches. */
  [Symbol.dispose](): void {
    this.#closed = true
    this.#bookmarkTimer?.[Symbol.dispose]()
    this.#source?.end()
    for (const watcher of this.#groups.watchers()) watcher.end()
    this.#groups[Symbol.dispose]()
  }

  #join(filter: Filter, watcher: Watcher): void {
    this.#groups.add(filter, watcher)
    if (watcher.bookmarks) this.#scheduleBookmarks()
  }

  async #watchedStore(): Promise<Source> {
    if (this.#source) return this.#source
    const started = await this.#newSource()
    // Another watch may have come first meanwhile.
    if (this.#source) return this.#source
    const source = (this.#source = started)
    if (this.#closed) source.end()
    this.counts.initializations += 1
    void this.#read(source)
    return source
  }

  /**
   * Looks whether what is derived from events agrees with the store. Where it does not, all begins anew, and clients
   * with it.
   */
  async checkConsistency(): Promise<boolean> {
    const { indexedFields, logger, prefix } = this.#options
    const source = this.#source
    if (!source || !indexedFields) return true
    const field = await wrongIndex(source, { ...this.#options, indexedFields })
    if (field === undefined) return true
    logger.error('watch cache is inconsistent with the store', { prefix, field })
    this.#end(source)
    return false
  }

  async #newSource(): Promise<Source> {
    const { store, prefix, indexedFields } = this.#options
    if (!indexedFields) return new Source(await store.revision(), new Map())
    const { entries, revision } = await store.list(prefix)
    return new Source(revision, await buildIndexes(entries, { ...this.#options, indexedFields }))
  }

  async #read(source: Source): Promise<void> {
    const { clock, logger, prefix, indexedFields } = this.#options
    const { signal } = source.abort
    // Without an index, nothing is kept that could be wrong.
    const check = (): Promise<void> => this.#tryConsistency(prefix)
    using _ = indexedFields && every(clock, CONSISTENCY_CHECK_MS, check)
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        // Events make the counting of failures begin anew.
        await this.#readOnce(source, () => (failures = 0))
        break
      } catch (error) {
        if (signal.aborted || error instanceof StoreClosedError) break
        logger.error('watch on the store failed', { prefix, error })
        // What was missed is gone for good.
        if (error instanceof CompactedError) break
      }
      // Clients notice nothing but the delay: it goes on behind the last event that was handed out.
      await abortable(sleep(clock, backoffMs(RESUME, failures)), signal).catch(() => undefined)
    }
    this.#end(source)
  }

  async #readOnce(source: Source, onMessage: () => void): Promise<void> {
    const { store, prefix } = this.#options
    const { signal } = source.abort
    for await (const message of store.watch(prefix, source.position, { signal })) {
      onMessage()
      this.#receive(source, message)
    }
  }

  async #tryConsistency(prefix: string): Promise<void> {
    try {
      await this.checkConsistency()
    } catch (error) {
      this.#options.logger.warn('Cannot check a watch cache', { prefix, error })
    }
  }

  // Nobody may be left to wait for what never comes: clients begin anew, and so do we with the first of them.
  #end(source: Source): void {
    source.end()
    if (this.#source !== source) return
    this.#source = undefined
    for (const watcher of this.#groups.watchers()) watcher.end()
  }

  #receive(source: Source, message: WatchMessage): void {
    if (message.type === 'events') {
      const events = message.events.map((event) => cacheEvent(event, this.#options.objectOf))
      this.counts.received += events.length
      source.recent.add(events)
      for (const index of source.indexes.values()) for (const event of events) index.apply(event)
      source.advance(events.at(-1)!.revision)
      this.#groups.dispatch(events)
      return
    }
    source.advance(message.revision)
    this.#sendBookmarks(source.position)
  }

  #scheduleBookmarks(): void {
    this.#bookmarkTimer ??= this.#options.clock.after(BOOKMARK_INTERVAL_MS, () => {
      this.#bookmarkTimer = undefined
      if (this.#groups.size > 0) this.#options.store.requestProgress(this.#options.prefix)
      this.#sendBookmarks(this.#source?.position)
    })
  }

  // Whoever begins anew from there misses nothing, and is told little twice.
  #lastBookmark(
    { bookmarks, endsInMs = 0, filter }: WatchOptions,
    watcher: Watcher,
  ): Disposable | undefined {
    if (!bookmarks || endsInMs <= LAST_BOOKMARK_MS) return undefined
    return this.#options.clock.after(endsInMs - LAST_BOOKMARK_MS, () => {
      const { position } = this
      if (position !== undefined) this.#groups.lastBookmark(filter, watcher, position)
    })
  }

  #sendBookmarks(revision: number | undefined): void {
    if (revision === undefined) return
    this.#groups.bookmark(revision)
    const watchers = this.#groups.watchers()
    if (watchers.some((watcher) => watcher.bookmarks)) this.#scheduleBookmarks()
  }
}
