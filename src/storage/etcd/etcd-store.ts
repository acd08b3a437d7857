import { linkedAbort } from '../../base/async.ts'
import { backoffMs } from '../../base/backoff.ts'
import { type Clock, sleep } from '../../base/clock.ts'
import type { Connection } from '../../grpc/connection.ts'
import {
  CompactedError,
  type CommitResult,
  type Entry,
  FutureRevisionError,
  type ListOptions,
  type ListResult,
  type Store,
  type WatchMessage,
  type Write,
} from '../store.ts'
import { type EntryReader, entryOf } from './entries.ts'
import { EtcdCalls, RETRY, TIMEOUT_MS } from './etcd-calls.ts'
import { isCompacted, isFuture, isLeaseLost, isTransient, writeError } from './errors.ts'
import { keysUnder } from './keys.ts'
import { KnownValues } from './known-values.ts'
import { Leases } from './leases.ts'
import type { RangeResponse, TxnRequest } from './messages.ts'
import { COMPACT, STATUS, TXN } from './methods.ts'
import { WatchStream } from './watch-stream.ts'

const KNOWN_BYTES_MAX = 64 * 2 ** 20
const PAGE_ENTRIES = { first: 500, max: 10_000 }
const PAGE_BYTES_AIM = 8 * 2 ** 20 // A page that is larger makes the next one smaller.

export interface EtcdStoreOptions {
  /** To one etcd, or to any member of one cluster. The store disposes it. */
  readonly connection: Connection
  readonly clock: Clock
  /** What all keys begin with in etcd, before the store's own; nothing when absent. */
  readonly prefix?: string
}

/**
 * A store in etcd, which several API servers may share. Every read is a quorum read; revisions are etcd's, and so grow
 * with what others write outside the prefix, too.
 */
export class EtcdStore implements Store {
  readonly #calls: EtcdCalls
  readonly #clock: Clock
  readonly #reader: EntryReader
  readonly #leases: Leases
  readonly #watches = new Map<string, Set<WatchStream>>()
  #compaction: Disposable | undefined

  constructor({ connection, clock, prefix = '' }: EtcdStoreOptions) {
    const keys = keysUnder(prefix)
    this.#calls = new EtcdCalls(connection, clock, keys)
    this.#clock = clock
    this.#reader = { keys, values: new KnownValues(KNOWN_BYTES_MAX) }
    this.#leases = new Leases(connection, clock, TIMEOUT_MS)
  }

  async get(
    key: string,
    { revision }: { readonly revision?: number } = {},
  ): Promise<Entry | undefined> {
    const { kvs } = await this.#calls.range({ key: this.#reader.keys.toEtcd(key) }, revision)
    return kvs[0] && entryOf(this.#reader, kvs[0])
  }

  async list(prefix: string, options: ListOptions = {}): Promise<ListResult> {
    for (;;) {
      try {
        return await this.#list(prefix, options)
      } catch (error) {
        // The newest state is never too old; only its next page was.
        if (!(error instanceof CompactedError) || options.revision !== undefined) throw error
      }
    }
  }

  async commit(key: string, expected: number, write: Write): Promise<CommitResult> {
    this.#calls.assertOpen()
    try {
      return await this.#commit(key, expected, write)
    } catch (error) {
      if (isLeaseLost(error) && write.type === 'put' && write.ttlSeconds !== undefined) {
        this.#leases.forget(write.ttlSeconds)
        return this.commit(key, expected, write)
      }
      throw this.#calls.explained(writeError(error))
    }
  }

  async *watch(
    prefix: string,
    from: number,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<WatchMessage, void, undefined> {
    this.#calls.assertOpen()
    using scope = linkedAbort(signal, this.#calls.closing)
    const stream = new WatchStream(this.#clock, this.#reader, prefix, from)
    const others = this.#watches.getOrInsertComputed(prefix, () => new Set())
    others.add(stream)
    try {
      for (let failures = 1; !scope.signal.aborted; failures++) {
        try {
          const check = (newest: number): Promise<void> => this.#check(stream.position, newest)
          for await (const message of stream.messages(
            this.#calls.connection,
            scope.signal,
            check,
          )) {
            failures = 0
            yield message
          }
        } catch (error) {
          if (!scope.signal.aborted && !isTransient(error)) throw error
        }
        await sleep(this.#clock, backoffMs(RETRY, failures), scope).catch(() => undefined)
      }
    } finally {
      others.delete(stream)
      if (others.size === 0) this.#watches.delete(prefix)
    }
  }

  revision(): Promise<number> {
    return this.#calls.revision()
  }

  /** As the member says that answers: each has a file of its own. */
  async sizeBytes(): Promise<number> {
    return (await this.#calls.call(STATUS, {})).dbSize
  }

  async revisionAt(timeMs: number): Promise<number> {
    const newest = await this.revision()
    if (timeMs >= this.#clock.now()) return newest
    const mark = this.#calls.marks.findLast(({ atMs }) => atMs <= timeMs)
    if (!mark) throw new CompactedError(this.#calls.marks[0]!.revision)
    await this.#calls.revision(mark.revision)
    return mark.revision
  }

  requestProgress(prefix: string): void {
    const watches = this.#watches.get(prefix)
    if (!watches) return
    this.revision().then(
      (revision) => {
        for (const watch of watches) watch.want(revision)
      },
      () => undefined, // Watches that begin again tell how far they are by themselves.
    )
  }

  async compact(revision: number): Promise<void> {
    try {
      await this.#calls.call(COMPACT, { revision })
    } catch (error) {
      if (isCompacted(error)) return
      if (isFuture(error)) throw new FutureRevisionError(await this.revision())
      throw writeError(error)
    }
  }

  /** From now on forgets, every so often, what is older than that: up to twice the time stays readable. */
  keepHistory(ms: number): void {
    const compactAndNote = async (seen: number | undefined): Promise<void> => {
      const now = await this.revision().catch(() => seen)
      if (seen !== undefined) await this.compact(seen).catch(() => undefined) // The next time will do.
      if (!this.#calls.closing.aborted) noteLater(now)
    }
    const noteLater = (seen: number | undefined): void => {
      this.#compaction = this.#clock.after(ms, () => void compactAndNote(seen))
    }
    void compactAndNote(undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#compaction?.[Symbol.dispose]()
    this.#calls[Symbol.dispose]()
  }

  async #list(
    prefix: string,
    { revision: asked, limit = Infinity, after }: ListOptions,
  ): Promise<ListResult> {
    const { keys } = this.#reader
    if (limit === 0) {
      // Which etcd takes for no limit.
      const request = { ...keys.range(prefix, after), limit: 1, keysOnly: true }
      const { header, count } = await this.#calls.range(request, asked)
      return { entries: [], revision: asked ?? header!.revision, count }
    }
    const entries: Entry[] = []
    let [revision, count, pageEntries, last] = [asked, 0, PAGE_ENTRIES.first, after]
    for (;;) {
      const page = await this.#calls.range(
        { ...keys.range(prefix, last), limit: Math.min(pageEntries, limit - entries.length) },
        revision,
      )
      if (entries.length === 0) count = page.count
      revision ??= page.header!.revision
      for (const kv of page.kvs) entries.push(entryOf(this.#reader, kv))
      if (!page.more || entries.length >= limit) return { entries, revision, count }
      last = entries.at(-1)!.key
      pageEntries = nextPage(pageEntries, page)
    }
  }

  async #commit(key: string, expected: number, write: Write): Promise<CommitResult> {
    const etcdKey = this.#reader.keys.toEtcd(key)
    const lease =
      write.type === 'put' && write.ttlSeconds !== undefined
        ? await this.#leases.lease(write.ttlSeconds)
        : 0n
    const bytes = write.type === 'put' ? write.value.bytes : undefined
    const success: TxnRequest['success'] = bytes
      ? [{ put: { key: etcdKey, value: bytes, lease } }]
      : expected > 0
        ? [{ deleteRange: { key: etcdKey } }]
        : []
    const { header, succeeded, responses } = await this.#calls.connection.unary(
      TXN,
      {
        compare: [{ result: 'EQUAL', target: 'MOD', key: etcdKey, modRevision: expected }],
        success,
        failure: [{ range: { key: etcdKey } }],
      },
      { timeoutMs: TIMEOUT_MS, waitForReady: true, signal: this.#calls.closing },
    )
    const { revision } = header!
    this.#calls.mark(revision)
    if (succeeded && write.type === 'put')
      this.#reader.values.add(key, revision, write.value, bytes!.length)
    if (succeeded) return { ok: true, revision }
    const found = responses[0]?.range?.kvs[0]
    return { ok: false, current: found && entryOf(this.#reader, found), revision }
  }

  /** Throws unless a watch from that revision may begin where etcd is at `newest`. */
  async #check(from: number, newest: number): Promise<void> {
    if (from > newest) {
      // The member that watches may lag behind the others.
      const current = await this.revision()
      if (from > current) throw new FutureRevisionError(current)
    }
    // etcd only looks at the first event that is asked for, and that may be the very one it keeps least of.
    if (from < newest) await this.#calls.revision(from)
  }
}

function nextPage(entries: number, { kvs }: RangeResponse): number {
  const bytes = kvs.reduce((sum, { value }) => sum + value.length, 0)
  const next = Math.floor((entries * PAGE_BYTES_AIM) / Math.max(1, bytes))
  return Math.max(1, Math.min(next, entries * 2, PAGE_ENTRIES.max))
}
