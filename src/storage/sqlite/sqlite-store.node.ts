import { stat } from 'node:fs/promises'
import { setImmediate } from 'node:timers'
import { systemClock } from '../../base/clock.node.ts'
import type { Clock } from '../../base/clock.ts'
import { Expiry } from '../memory/expiry.ts'
import type { HistoryLimits } from '../memory/history.ts'
import { planWrite, type StoredEntry, type StoredEvent } from '../memory/plan-write.ts'
import { Versions } from '../memory/versions.ts'
import { type Past, WatchHub } from '../memory/watch-hub.ts'
import {
  type CommitResult,
  type Entry,
  FutureRevisionError,
  type ListOptions,
  type ListResult,
  type LocalStore,
  type Snapshot,
  StoreClosedError,
  StoreWriteError,
  type WatchMessage,
  type Write,
} from '../store.ts'
import { eventsFromDisk, getFromDisk, listFromDisk, revisionAtFromDisk } from './past-on-disk.ts'
import { PendingWrites } from './pending-writes.ts'
import { type Opened, WorkerClient } from './worker-client.node.ts'

const HISTORY_DEFAULT: HistoryLimits = { ms: 5 * 60_000, bytes: 2 ** 30 }
const HISTORY_BYTES_IN_MEMORY_MAX = 16 * 2 ** 20
const FILE_BYTES_MAX = 2 ** 43 // More than any disk; SQLite's own limit is near.
const PENDING_BYTES_MAX = 64 * 2 ** 20
const EVENTS_AT_ONCE_MAX = 1000
const EVENTS_PER_MESSAGE_MAX = 500
const SHOWN_AT_ONCE_MAX = 32
const FORGET_MS_MIN = 1000

export interface SqliteStoreOptions {
  /** The file of the database; made with its folder where it does not exist. */
  readonly file: string
  readonly clock?: Clock
  /** How much of the past stays readable; 5 minutes and 1 GiB when absent. */
  readonly history?: Partial<HistoryLimits>
  /** How large the file may grow before writes are refused; no limit when absent. */
  readonly bytesMax?: number
}

/** Opens the store, alone: the file is locked against everybody else. Throws `StoreOpenError`. */
export async function openSqliteStore({
  file,
  clock = systemClock,
  history,
  bytesMax = FILE_BYTES_MAX,
}: SqliteStoreOptions): Promise<SqliteStore> {
  const limits = { ...HISTORY_DEFAULT, ...history }
  const inMemory = { ...limits, bytes: Math.min(limits.bytes, HISTORY_BYTES_IN_MEMORY_MAX) }
  const opened = await WorkerClient.open({ file, history: limits, bytesMax })
  return new SqliteStore(file, clock, opened, inMemory)
}

/**
 * The newest state, and the newest past, in memory; all of it in a file, which a worker thread writes.
 *
 *     commit ── revision given, pending ──► worker: one transaction for all that has arrived, one sync
 *                                              │
 *     acknowledged ◄── applied to memory, watches told ◄── committed up to revision n
 *
 * So reads and watches show only what is durable, while a commit is judged by what is pending.
 */
export class SqliteStore implements LocalStore {
  readonly #file: string
  readonly #clock: Clock
  readonly #worker: WorkerClient
  readonly #versions: Versions
  readonly #expiry: Expiry
  readonly #hub: WatchHub
  readonly #pending = new PendingWrites()
  /** Pending writes that the worker has not been given yet. */
  #unsent: StoredEvent[] = []
  #lastRevision: number
  /** Up to which revision writes are durable; reads show them soon. */
  #durable: number
  #failure: StoreWriteError | undefined
  #closing: Promise<void> | undefined
  #forgetting: Disposable | undefined

  constructor(
    file: string,
    clock: Clock,
    { client, entries, revision }: Opened,
    history: HistoryLimits,
  ) {
    this.#file = file
    this.#clock = clock
    this.#worker = client
    this.#versions = Versions.of(entries, revision, history)
    this.#lastRevision = this.#durable = revision
    this.#hub = new WatchHub(this.#past())
    this.#expiry = new Expiry(clock, (entry) => void this.#expire(entry))
    client.listen({
      onCommitted: (revision) => this.#committed(revision),
      onRefused: (error) => this.#refused(error),
      onFailed: (error) => this.#failed(error),
    })
    for (const entry of entries) this.#expiry.add(entry)
    this.#expiry.start()
    this.#forgetLater(history.ms)
  }

  async get(
    key: string,
    { revision }: { readonly revision?: number } = {},
  ): Promise<Entry | undefined> {
    this.#assertOpen()
    if (revision === undefined) return this.#versions.get(key)
    if (revision >= this.#versions.floor) return this.#versions.getAt(key, revision)
    return getFromDisk(this.#worker, key, revision)
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    this.#assertOpen()
    const { revision } = options
    if (revision === undefined || revision >= this.#versions.floor) {
      return this.#versions.list(prefix, options)
    }
    return listFromDisk(this.#worker, prefix, { ...options, revision })
  }

  async commit(key: string, expected: number, write: Write): Promise<CommitResult> {
    this.#assertOpen()
    while (this.#pending.bytes > PENDING_BYTES_MAX) {
      await this.#pending.oldest()?.durable
      this.#assertOpen()
    }
    if (this.#failure) throw this.#failure
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

  async sizeBytes(): Promise<number> {
    return (await stat(this.#file)).size
  }

  async revisionAt(timeMs: number): Promise<number> {
    this.#assertOpen()
    const recent = this.#versions.revisionAt(timeMs)
    if (recent !== undefined) return recent
    // The file may be ahead of what reads show.
    return Math.min(await revisionAtFromDisk(this.#worker, timeMs), this.#versions.revision)
  }

  async compact(revision: number): Promise<void> {
    this.#assertOpen()
    if (revision > this.#versions.revision) throw new FutureRevisionError(this.#versions.revision)
    if (!this.#failure) await this.#worker.compact(revision)
    if (this.#failure) throw this.#failure
    this.#versions.compact(revision)
  }

  /** Makes a copy of the whole store in a new file, which can be opened as a store, while writing goes on. */
  async copyTo(file: string): Promise<void> {
    this.#assertOpen()
    await this.#worker.copyTo(file)
  }

  snapshot(): Snapshot {
    this.#assertOpen()
    return this.#versions.snapshot()
  }

  /** Waits until what was written is durable. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#expiry[Symbol.dispose]()
    this.#forgetting?.[Symbol.dispose]()
    this.#hub.close()
    await this.#pending.settled()
    await this.#worker.close()
  }

  async #commit(key: string, expected: number, write: Write): Promise<CommitResult> {
    const pending = this.#pending.newest(key)
    const current = pending ? pending.event.entry : this.#versions.get(key)
    const next = { revision: this.#lastRevision + 1, atMs: this.#clock.now() }
    const matches = (current?.revision ?? 0) === expected
    const event = matches ? planWrite(key, current, write, next) : undefined
    if (!event) {
      // The answer tells of a pending write, so it must wait until that cannot be lost.
      await pending?.durable
      const { revision } = this.#versions
      return matches ? { ok: true, revision } : { ok: false, current, revision }
    }
    this.#lastRevision = event.revision
    await this.#enqueue(event)
    return { ok: true, revision: event.revision }
  }

  // What arrives in one turn of the event loop goes in one message. The first write does not wait for others.
  #enqueue(event: StoredEvent): Promise<void> {
    const isFirst = this.#pending.bytes === 0
    this.#unsent.push(event)
    const write = this.#pending.add(event)
    if (this.#unsent.length === 1) (isFirst ? queueMicrotask : setImmediate)(() => this.#send())
    return write.durable
  }

  #send(): void {
    const events = this.#unsent
    this.#unsent = []
    for (let at = 0; at < events.length; at += EVENTS_PER_MESSAGE_MAX) {
      this.#worker.write(events.slice(at, at + EVENTS_PER_MESSAGE_MAX))
    }
  }

  // Whoever waits for a write goes on once it is visible: so many at once that a turn of the event loop stays short.
  #committed(revision: number): void {
    const isShowing = this.#durable > this.#versions.revision
    this.#durable = revision
    if (!isShowing) this.#showNext()
  }

  readonly #showNext = (): void => {
    this.#show(SHOWN_AT_ONCE_MAX)
    if (this.#durable > this.#versions.revision) setImmediate(this.#showNext)
  }

  #show(limit: number): void {
    const writes = this.#pending.take(this.#durable, limit)
    for (const { event } of writes) {
      this.#versions.apply(event)
      this.#expiry.apply(event)
    }
    this.#hub.publish(writes.map((write) => write.event))
    for (const write of writes) write.resolve()
  }

  // Later writes were judged by those that failed, so they fail, too; the next ones are judged by what is durable.
  #refused(error: StoreWriteError): void {
    this.#show(Infinity)
    this.#unsent = []
    this.#lastRevision = this.#versions.revision
    this.#pending.fail(error)
  }

  #failed(error: StoreWriteError): void {
    this.#show(Infinity)
    this.#failure ??= error
    this.#unsent = []
    this.#pending.fail(this.#failure)
  }

  // Writes carry the past away with them; where there are none, time does.
  #forgetLater(ms: number): void {
    if (ms === Infinity) return
    this.#forgetting = this.#clock.after(Math.max(ms / 4, FORGET_MS_MIN), () => {
      this.#worker.forget(this.#clock.now() - ms)
      this.#forgetLater(ms)
    })
  }

  async #expire({ key, revision }: StoredEntry): Promise<void> {
    try {
      await this.commit(key, revision, { type: 'delete' })
    } catch (error) {
      // The key is found to be due again when the store is opened the next time.
      if (!(error instanceof StoreWriteError || error instanceof StoreClosedError)) throw error
    }
  }

  #past(): Past {
    const versions = this.#versions
    return {
      get revision() {
        return versions.revision
      },
      recent: (prefix, from) =>
        from < versions.floor ? undefined : versions.eventsAfter(prefix, from, EVENTS_AT_ONCE_MAX),
      // The file may be ahead of what reads show.
      older: (prefix, from) => eventsFromDisk(this.#worker, prefix, from, versions.revision),
    }
  }

  #assertOpen(): void {
    if (this.#closing) throw new StoreClosedError()
  }
}
