import type { ReadonlyTree } from './btree.ts'

/** The revision of a store that nothing has been written to, as in etcd. */
export const FIRST_REVISION = 1

/** What is stored under a key. */
export interface Value {
  /** The bytes to keep; an implementation may make them on first use. */
  readonly bytes: Uint8Array
  /**
   * What the bytes mean, frozen, for readers in the same process. A store hands it back where it can and may drop it:
   * a reader must be able to decode the bytes instead.
   */
  readonly object?: unknown
  /**
   * About how many bytes it takes, where that is known before `bytes` is made. Only bounds on memory go by it.
   */
  readonly size?: number
  /** It is kept in a form that is out of date, so that writing it again is worth while though nothing changes. */
  readonly isStale?: boolean
}

/** What the store knows of one key. `revision` and `createRevision` are the store's, as in etcd. */
export interface Entry {
  readonly key: string
  readonly value: Value
  /** The revision of the last write to this key. */
  readonly revision: number
  /** The revision of the write that made this key. */
  readonly createRevision: number
}

export interface ListOptions {
  /** Read as of this revision; the newest when absent. Throws `CompactedError` below the compacted revision. */
  readonly revision?: number
  /** At most this many entries. */
  readonly limit?: number
  /** Only keys after this one, exclusive. */
  readonly after?: string
}

export interface ListResult {
  /** In key order. */
  readonly entries: readonly Entry[]
  /** The revision that the list is true for. */
  readonly revision: number
  /** How many keys have the prefix and lie behind `after`, counted as if there were no limit (etcd's count). */
  readonly count: number
}

export type Write =
  | { readonly type: 'put'; readonly value: Value; readonly ttlSeconds?: number }
  | { readonly type: 'delete' }

export type CommitResult =
  /** `revision` is the write's; that of the store where there was nothing to delete. */
  | { readonly ok: true; readonly revision: number }
  /** The key was not at the expected revision; `current` is what it holds, if anything. */
  | { readonly ok: false; readonly current: Entry | undefined; readonly revision: number }

export interface StoreEvent {
  readonly type: 'put' | 'delete'
  readonly key: string
  readonly revision: number
  /** The new entry of a put. */
  readonly entry?: Entry
  /** What the key held before, if anything. */
  readonly previous?: Entry
}

export type WatchMessage =
  | { readonly type: 'events'; readonly events: readonly StoreEvent[] }
  /** Every event up to and including `revision` has been delivered. */
  | { readonly type: 'progress'; readonly revision: number }

/**
 * A revisioned key-value store with etcd's semantics: one revision for the whole store that grows with each write,
 * compare-and-swap on a key's last revision, and an ordered, gap-free watch from any revision that is not compacted.
 *
 * A write is acknowledged (its promise resolves) when it would survive a power cut, where the backend is durable.
 * A read never shows what could still be lost.
 */
export interface Store extends AsyncDisposable {
  get(key: string, options?: { readonly revision?: number }): Promise<Entry | undefined>
  list(prefix: string, options?: ListOptions): Promise<ListResult>
  /**
   * Writes one key if its last revision is `expected` (0: the key does not exist). Throws `StoreWriteError` when it is
   * not known to be durable: then it may or may not be found after the store has been opened again.
   */
  commit(key: string, expected: number, write: Write): Promise<CommitResult>
  /**
   * Events with a revision above `from`, in order, for keys with `prefix`. Begins with the first `next()`, ends when the
   * signal aborts or the store is disposed. Throws `CompactedError` when `from` is below the compacted revision, also
   * later on when a slow reader has been overtaken, and `FutureRevisionError` when `from` is yet to come.
   */
  watch(
    prefix: string,
    from: number,
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<WatchMessage>
  /** The newest revision that a read shows. */
  revision(): Promise<number>
  /**
   * The newest revision that had been written at a time (milliseconds since the Unix epoch). Throws `CompactedError`
   * where the store does not know any more, which need not be long ago where others write to it, too.
   */
  revisionAt(timeMs: number): Promise<number>
  /**
   * Has the open watches of exactly this prefix say how far they are: each delivers a `progress` of at least the newest
   * revision, unless it has already delivered something as new. Watches give progress on their own only once, when they
   * have caught up with the revision at which they began.
   */
  requestProgress(prefix: string): void
  /**
   * Forgets history: afterwards only revisions from `revision` on can be read or watched. What is forgotten already
   * stays so.
   */
  compact(revision: number): Promise<void>
  /** How many bytes its files take now. Absent where it has none. */
  sizeBytes?(): Promise<number>
}

/** A store whose newest state is in the memory of this process. */
export interface LocalStore extends Store {
  /** The newest state that a read shows, in O(1), as it will be for ever. */
  snapshot(): Snapshot
}

export interface Snapshot {
  readonly revision: number
  readonly entries: ReadonlyTree<string, Entry>
}

/** The revision asked for is no longer kept. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError'
  /** The oldest revision that can still be read. */
  readonly compactedRevision: number

  constructor(compactedRevision: number) {
    super('required revision has been compacted')
    this.compactedRevision = compactedRevision
  }
}

/** A revision that the store has not reached yet was asked for. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError'
  readonly currentRevision: number

  constructor(currentRevision: number) {
    super('required revision is a future revision')
    this.currentRevision = currentRevision
  }
}

/**
 * A write is not durable, or nobody knows whether it is. Reads go on; so do writes where only space was wanting, or an
 * answer got lost.
 */
export class StoreWriteError extends Error {
  override readonly name = 'StoreWriteError'

  constructor(why: string, options?: ErrorOptions) {
    super(`Cannot write store: ${why}`, options)
  }
}

export type StoreOpenProblem =
  | 'in use'
  | 'newer format'
  | 'not a store'
  | 'damaged'
  | 'inaccessible'
  | 'unsuitable'

/** The store could not be opened; the message is one sentence for the user. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
  readonly problem: StoreOpenProblem
  readonly why: string

  constructor(problem: StoreOpenProblem, why: string, options?: ErrorOptions) {
    super(`Cannot open store: ${why}`, options)
    this.why = why
    this.problem = problem
  }
}

/** The store has been disposed. */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError'

  constructor() {
    super('Cannot use store: it is closed')
  }
}
