import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { StoreClosedError, type Entry, type Store, type WatchMessage } from '../../storage/store.ts'
import type { StoredObject } from '../registry/stored-object.ts'
import { Batch } from './batch.ts'
import type { Filter } from './filter.ts'
import { Groups } from './groups.ts'
import { batchOf, cacheEvent, pastBatches } from './past-events.ts'
import { RecentEvents } from './recent-events.ts'
import { initialBatches, type WatchStart } from './watch-start.ts'
import { Watcher } from './watcher.ts'

const BOOKMARK_INTERVAL_MS = 60_000

export interface WatchCacheOptions {
  readonly store: Store
  /** What the keys of the resource's objects begin with. */
  readonly prefix: string
  readonly objectOf: (entry: Entry) => StoredObject
  readonly clock: Clock
  readonly logger: Logger
}

export interface WatchOptions {
  readonly start: WatchStart
  readonly filter: Filter
  /** The client wants to be told, now and then, how far it is. */
  readonly bookmarks: boolean
  readonly signal: AbortSignal
}

/**
 * Fans out the changes of one resource: one watch on the store, read while anybody is interested, serves all watches of
 * clients. Reads of the present need nothing of it: they go to the store's own tree.
 */
export class WatchCache {
  readonly #options: WatchCacheOptions
  readonly #groups = new Groups()
  /** What is there only while the store is being watched. */
  #source: Source | undefined
  #bookmarkTimer: Disposable | undefined
  #closed = false

  constructor(options: WatchCacheOptions) {
    this.#options = options
  }

  /** Throws `Expired` where the revision to begin with is no longer known. */
  async *watch({ start, filter, bookmarks, signal }: WatchOptions): AsyncGenerator<Batch> {
    const source = await this.#watchedStore()
    if (this.#closed || signal.aborted) return
    const from = start.type === 'state' ? start.state.revision : start.revision
    const watcher = new Watcher(from, bookmarks)
    const seen = source.position
    const recent = source.recent.after(from)
    if (recent && recent.length > 0) watcher.push(batchOf(recent, filter))
    this.#join(filter, watcher)
    const end = (): void => watcher.end()
    signal.addEventListener('abort', end, { once: true })
    try {
      if (start.type === 'state')
        yield* initialBatches(start, filter, bookmarks, this.#options.objectOf)
      // What happened up to now; the rest comes through the watcher.
      if (!recent) yield* pastBatches(from, seen, { ...this.#options, filter, signal })
      for (;;) {
        const batch = await watcher.next()
        if (!batch || signal.aborted) return
        yield batch
      }
    } finally {
      signal.removeEventListener('abort', end)
      this.#groups.remove(filter, watcher)
    }
  }

  /** Ends all watches. */
  [Symbol.dispose](): void {
    this.#closed = true
    this.#bookmarkTimer?.[Symbol.dispose]()
    this.#source?.abort.abort()
    for (const watcher of this.#groups.watchers()) watcher.end()
  }

  #join(filter: Filter, watcher: Watcher): void {
    this.#groups.add(filter, watcher)
    if (watcher.bookmarks) this.#scheduleBookmarks()
  }

  async #watchedStore(): Promise<Source> {
    if (this.#source) return this.#source
    const revision = await this.#options.store.revision()
    // Another watch may have come first meanwhile.
    if (this.#source) return this.#source
    const source: Source = {
      position: revision,
      recent: new RecentEvents(revision),
      abort: new AbortController(),
    }
    this.#source = source
    void this.#read(source)
    return source
  }

  async #read(source: Source): Promise<void> {
    const { store, prefix, logger } = this.#options
    const { signal } = source.abort
    try {
      for await (const message of store.watch(prefix, source.position, { signal })) {
        this.#receive(source, message)
      }
    } catch (error) {
      if (!signal.aborted && !(error instanceof StoreClosedError)) {
        logger.error('watch on the store failed', { prefix, error })
      }
    }
    // Nobody may be left to wait for what never comes: clients begin anew, and so do we with the first of them.
    if (this.#source === source) this.#source = undefined
    for (const watcher of this.#groups.watchers()) watcher.end()
  }

  #receive(source: Source, message: WatchMessage): void {
    if (message.type === 'events') {
      const events = message.events.map((event) => cacheEvent(event, this.#options.objectOf))
      source.position = events.at(-1)!.revision
      source.recent.add(events)
      this.#groups.dispatch(events)
      return
    }
    source.position = Math.max(source.position, message.revision)
    this.#sendBookmarks(source.position)
  }

  #scheduleBookmarks(): void {
    this.#bookmarkTimer ??= this.#options.clock.after(BOOKMARK_INTERVAL_MS, () => {
      this.#bookmarkTimer = undefined
      if (this.#groups.size > 0) this.#options.store.requestProgress(this.#options.prefix)
      this.#sendBookmarks(this.#source?.position)
    })
  }

  #sendBookmarks(revision: number | undefined): void {
    if (revision === undefined) return
    const batch = new Batch([{ type: 'BOOKMARK', revision, initialEventsEnd: false }])
    let anyone = false
    for (const watcher of this.#groups.watchers()) {
      if (!watcher.bookmarks) continue
      watcher.push(batch)
      anyone = true
    }
    if (anyone) this.#scheduleBookmarks()
  }
}

interface Source {
  /** Every event up to this revision has been handed out. */
  position: number
  readonly recent: RecentEvents
  readonly abort: AbortController
}
