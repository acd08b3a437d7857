import { linkedAbort } from '../../base/async.ts'
import { backoffMs } from '../../base/backoff.ts'
import { type Clock, sleep } from '../../base/clock.ts'
import type { Connection, Method } from '../../grpc/connection.ts'
import type { Input } from '../../grpc/proto3.ts'
import { CompactedError, FutureRevisionError, StoreClosedError } from '../store.ts'
import { isCompacted, isFuture, isTransient } from './errors.ts'
import type { Keys } from './keys.ts'
import type { RangeRequest, RangeResponse } from './messages.ts'
import { RANGE, WATCH } from './methods.ts'

/** How long a call may take, with all that is tried. */
export const TIMEOUT_MS = 10_000
/** The pauses between tries. */
export const RETRY = { baseMs: 20, maxMs: 2000 }

const NO_KEY = '\0'
const MARKS_MAX = 10_000
const MARK_EVERY_MS = 1000

/** etcd had come to a revision at a time, by our clock. */
export interface Mark {
  readonly atMs: number
  readonly revision: number
}

/** Calls of etcd that read, and so may be made again when an answer gets lost. All throw `StoreClosedError` once closed. */
export class EtcdCalls implements Disposable {
  readonly connection: Connection
  readonly #clock: Clock
  readonly #keys: Keys
  readonly #closing = new AbortController()
  readonly #marks: Mark[] = []

  constructor(connection: Connection, clock: Clock, keys: Keys) {
    this.connection = connection
    this.#clock = clock
    this.#keys = keys
  }

  /** Aborts when the store is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** When etcd, which keeps no times, was where: as seen from here, in order, about one a second. */
  get marks(): readonly Mark[] {
    return this.#marks
  }

  /** Notes that etcd has come to a revision now. */
  mark(revision: number): void {
    const atMs = this.#clock.now()
    const last = this.#marks.at(-1)
    if (last && (revision <= last.revision || atMs < last.atMs + MARK_EVERY_MS)) return
    this.#marks.push({ atMs, revision })
    if (this.#marks.length > MARKS_MAX) this.#marks.splice(0, MARKS_MAX / 10)
  }

  /** Reads, as of a revision where one is given. Throws `CompactedError` and `FutureRevisionError`. */
  async range(request: Input<RangeRequest>, revision?: number): Promise<RangeResponse> {
    try {
      // For etcd 0 is the newest; at 1, as at 0, there is nothing yet.
      const at = revision === undefined ? {} : { revision: Math.max(1, revision) }
      const response = await this.call(RANGE, { ...request, ...at })
      this.mark(response.header!.revision)
      return response
    } catch (error) {
      if (isCompacted(error)) throw new CompactedError(await this.#compactedRevision())
      if (isFuture(error)) throw new FutureRevisionError(await this.revision())
      throw error
    }
  }

  /** The newest revision; with one given, checks that it can be read. Throws as `range()`. */
  async revision(readable?: number): Promise<number> {
    const request = { key: this.#keys.toEtcd(NO_KEY), keysOnly: true }
    return (await this.range(request, readable)).header!.revision
  }

  /** A call that may be made twice: it is, until its time is over, where an answer gets lost. */
  async call<Q, R>(method: Method<Q, R>, request: Input<Q>): Promise<R> {
    const signal = this.closing
    const deadline = this.#clock.monotonic() + TIMEOUT_MS
    for (let failures = 1; ; failures++) {
      this.assertOpen()
      const timeoutMs = Math.max(1, deadline - this.#clock.monotonic())
      try {
        const options = { timeoutMs, waitForReady: true, signal }
        return await this.connection.unary(method, request, options)
      } catch (error) {
        if (!isTransient(error) || this.#clock.monotonic() >= deadline) throw this.explained(error)
      }
      await sleep(this.#clock, backoffMs(RETRY, failures), { signal })
    }
  }

  /** The error for a caller: once the store is closed, that is the reason for all failures. */
  explained(error: unknown): unknown {
    return this.closing.aborted ? new StoreClosedError() : error
  }

  assertOpen(): void {
    if (this.closing.aborted) throw new StoreClosedError()
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new StoreClosedError())
    this.connection[Symbol.dispose]()
  }

  /** Only a watch is told by etcd what the oldest revision is. */
  async #compactedRevision(): Promise<number> {
    using scope = linkedAbort(this.closing)
    const watch = await this.connection.duplex(WATCH, scope)
    watch.send({ create: { key: this.#keys.toEtcd(NO_KEY), startRevision: 1 } })
    try {
      for await (const { canceled, compactRevision } of watch.responses) {
        if (canceled) return compactRevision
      }
      return 0
    } finally {
      scope.abort()
    }
  }
}
