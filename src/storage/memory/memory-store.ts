import type { Clock } from '../../base/clock.ts'
import {
  type CommitResult,
  CompactedError,
  type Entry,
  type ListOptions,
  type ListResult,
  type LocalStore,
  type Snapshot,
  type StoreEvent,
  StoreClosedError,
  type WatchMessage,
  type Write,
} from '../store.ts'
import { type Deadlines, Expiry } from './expiry.ts'
import type { HistoryLimits } from './history.ts'
import { planWrite, type StoredEntry } from './plan-write.ts'
import { Versions } from './versions.ts'
import { type Past, WatchHub } from './watch-hub.ts'

const HISTORY_DEFAULT: HistoryLimits = { ms: 5 * 60_000, bytes: 64 * 2 ** 20 }
const EVENTS_AT_ONCE_MAX = 1000

export interface MemoryStoreOptions {
  readonly clock: Clock
  /** How much of the past stays readable; 5 minutes and 64 MiB when absent. */
  readonly history?: Partial<HistoryLimits>
  /** Called with each write as it becomes visible. It must be quick, and may not throw. */
  readonly onWrite?: (event: StoreEvent) => void
}

/** A store that lives and ends with its process. */
export class MemoryStore implements LocalStore {
  readonly #clock: Clock
  readonly #versions: Versions
  readonly #expiry: Expiry
  readonly #hub: WatchHub
  readonly #onWrite: ((event: StoreEvent) => void) | undefined
  #closed = false

  constructor(
    { clock, history, onWrite }: MemoryStoreOptions,
    versions: Versions = Versions.empty({ ...HISTORY_DEFAULT, ...history }),
    deadlines?: Deadlines,
  ) {
    this.#clock = clock
    this.#onWrite = onWrite
    this.#versions = versions
    this.#expiry = new Expiry(clock, (entry) => this.#expire(entry), deadlines)
    this.#hub = new WatchHub(pastOf(this.#versions))
  }

  /** A second store with the same content, past and revision. They share memory for what neither changes. */
  fork(options: Omit<MemoryStoreOptions, 'history'> = { clock: this.#clock }): MemoryStore {
    this.#assertOpen()
    const fork = new MemoryStore(options, this.#versions.copy(), this.#expiry.deadlines())
    fork.#expiry.start()
    return fork
  }

  async get(
    key: string,
    { revision }: { readonly revision?: number } = {},
  ): Promise<Entry | undefined> {
    this.#assertOpen()
    return revision === undefined ? this.#versions.get(key) : this.#versions.getAt(key, revision)
  }

  async list(prefix: string, options?: ListOptions): Promise<ListResult> {
    this.#assertOpen()
    return this.#versions.list(prefix, options)
  }

  async commit(key: string, expected: number, write: Write): Promise<CommitResult> {
    this.#assertOpen()
    return this.#commit(key, expected, write)
  }

  async *watch(
    prefix: string,
    from: number,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<WatchMessage, void, undefined> {
    this.#assertOpen()
    yield* this.#hub.watch(prefix, from, signal)
  }

  requestProgress(prefix: string): void {
    this.#hub.requestProgress(prefix)
  }

  async revision(): Promise<number> {
    this.#assertOpen()
    return this.#versions.revision
  }

  async revisionAt(timeMs: number): Promise<number> {
    this.#assertOpen()
    const revision = this.#versions.revisionAt(timeMs)
    if (revision === undefined) throw new CompactedError(this.#versions.floor)
    return revision
  }

  async compact(revision: number): Promise<void> {
    this.#assertOpen()
    this.#versions.compact(revision)
  }

  snapshot(): Snapshot {
    this.#assertOpen()
    return this.#versions.snapshot()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#expiry[Symbol.dispose]()
    this.#hub.close()
  }

  #commit(key: string, expected: number, write: Write): CommitResult {
    const current = this.#versions.get(key)
    const { revision } = this.#versions
    if ((current?.revision ?? 0) !== expected) return { ok: false, current, revision }
    const event = planWrite(key, current, write, {
      revision: revision + 1,
      atMs: this.#clock.now(),
    })
    if (!event) return { ok: true, revision }
    this.#versions.apply(event)
    this.#expiry.apply(event)
    this.#hub.publish([event])
    this.#onWrite?.(event)
    return { ok: true, revision: event.revision }
  }

  #expire({ key, revision }: StoredEntry): void {
    this.#commit(key, revision, { type: 'delete' })
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreClosedError()
  }
}

function pastOf(versions: Versions): Past {
  return {
    get revision() {
      return versions.revision
    },
    recent: (prefix, from) =>
      from < versions.floor ? undefined : versions.eventsAfter(prefix, from, EVENTS_AT_ONCE_MAX),
    older: () => Promise.reject(new CompactedError(versions.floor)),
  }
}
