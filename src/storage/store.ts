/** What is stored under a key. */
export interface Value {
  /** The bytes to keep; an implementation may make them on first use. */
  readonly bytes: Uint8Array
  /**
   * What the bytes mean, frozen, for readers in the same process. A store hands it back where it can and may drop it:
   * a reader must be able to decode the bytes instead.
   */
  readonly object?: unknown
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
  /** How many keys have the prefix in all, counted as if there were neither limit nor `after`. */
  readonly count: number
}

export type Write =
  | { readonly type: 'put'; readonly value: Value; readonly ttlSeconds?: number }
  | { readonly type: 'delete' }

export type CommitResult =
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
  /** Writes one key if its last revision is `expected` (0: the key does not exist). */
  commit(key: string, expected: number, write: Write): Promise<CommitResult>
  /**
   * Events with a revision above `from`, in order, for keys with `prefix`. Ends when the signal aborts.
   * Throws `CompactedError` when `from` is below the compacted revision.
   */
  watch(prefix: string, from: number, options: { readonly signal: AbortSignal }): AsyncIterable<WatchMessage>
  /** The newest revision that a read shows. */
  revision(): Promise<number>
  /** Forgets history: afterwards only revisions from `revision` on can be read or watched. */
  compact(revision: number): Promise<void>
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
