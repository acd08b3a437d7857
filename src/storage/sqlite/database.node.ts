import { closeSync, openSync } from 'node:fs'
import { backup, type DatabaseSync } from 'node:sqlite'
import type { HistoryLimits } from '../memory/history.ts'
import { CompactedError } from '../store.ts'
import type { Row } from './rows.ts'
import { openFile } from './schema.node.ts'
import { type Statements, statements } from './statements.node.ts'
import type { Query, WorkerOptions } from './protocol.ts'

const SWEEP_MIN = 32 // So that a few large writes also carry the past away.
const ROW_OVERHEAD_BYTES = 128
const EVENTS_AT_ONCE_MAX = 2000
const VACUUM_PAGES = 64
const FREE_PAGES_KEPT = 1024
const SQLITE_OK = 0
const COPIED_PAGES = 256 // At once; between them, writes have their turn.
const COPY_ATTEMPTS_MAX = 1000

/** The store's file: the log of writes, and what is needed to load it, to read the past and to forget it. */
export class Database {
  readonly #database: DatabaseSync
  readonly #limits: HistoryLimits
  readonly #state: State
  readonly #sql: Statements
  /** What was written before may be forgotten; milliseconds since the Unix epoch. */
  #beforeMs = -Infinity

  /** Throws `StoreOpenError`. */
  constructor({ file, history, bytesMax }: WorkerOptions) {
    this.#database = openFile(file, bytesMax)
    this.#limits = history
    this.#sql = statements(this.#database)
    this.#state = { ...(this.#sql.state.get() as unknown as State) }
  }

  get revision(): number {
    return this.#state.revision
  }

  /** The newest entries, in key order. */
  *load(): Generator<Row> {
    for (const row of this.#sql.load.iterate()) yield rowFrom(row)
  }

  /** Writes all of the rows, or throws and writes none; afterwards they are durable. */
  write(rows: readonly Row[], supersededBytes: number): void {
    const last = rows.at(-1)!
    this.forget(last.atMs - this.#limits.ms)
    this.#transaction(() => {
      for (const row of rows) this.#insert(row)
      this.#state.revision = last.revision
      this.#state.historyBytes += supersededBytes + rows.length * ROW_OVERHEAD_BYTES
      this.#sweep(2 * rows.length + SWEEP_MIN)
    })
  }

  /** Makes `revision` the oldest that can be read. `sweep()` clears away what then lies idle. */
  compact(revision: number): void {
    if (revision <= this.#state.floor) return
    this.#transaction(() => (this.#state.floor = revision))
  }

  /** Makes readable only what was written since then. `sweep()` clears away what then lies idle. */
  forget(beforeMs: number): void {
    this.#beforeMs = Math.max(this.#beforeMs, beforeMs)
  }

  /** Clears away some of what lies idle. Returns whether there is more. */
  sweep(rows: number): boolean {
    if (this.#isIdle()) this.#transaction(() => this.#sweep(rows))
    return this.#isIdle()
  }

  #isIdle(): boolean {
    const [oldest] = this.#oldest(1)
    return (oldest && this.#isSpare(oldest)) || this.#sparePages() > 0
  }

  /** The rows of the keys asked for, as they were; and how many there are without the limit. */
  read(query: Query & { type: 'get' | 'list' }): { rows: Row[]; count: number } {
    this.#assertReadable(query.revision)
    if (query.type === 'get') {
      const row = this.#sql.get.get(query.key, query.revision)
      const rows = row && row['value'] !== null ? [rowFrom(row)] : []
      return { rows, count: rows.length }
    }
    const { prefix, after, revision, limit = Infinity } = query
    const low = after !== undefined && after >= prefix ? `${after}\0` : prefix
    const found = this.#sql.list.all(low, highOf(prefix), revision) as { revision: number }[]
    const rows = found.slice(0, limit).map((row) => rowFrom(this.#sql.row.get(row.revision)!))
    return { rows, count: found.length }
  }

  /** The last revision that was written until then. */
  revisionAt(timeMs: number): number {
    const row = this.#sql.revisionAt.get(timeMs)
    const revision = row ? (row['revision'] as number) : -1
    this.#assertReadable(revision)
    return revision
  }

  /** Events with the prefix, complete up to `revision`, and the rows that they supersede. */
  events({ prefix, from, through }: Query & { type: 'events' }): {
    rows: Row[]
    previous: Row[]
    revision: number
  } {
    this.#assertReadable(from)
    const revision = Math.min(from + EVENTS_AT_ONCE_MAX, through)
    const rows = this.#sql.events.all(from, revision, prefix, highOf(prefix)).map(rowFrom)
    const previous = rows.flatMap(({ previousRevision }) => {
      const row = previousRevision > 0 && this.#sql.row.get(previousRevision)
      return row ? [rowFrom(row)] : []
    })
    return { rows, previous, revision }
  }

  /**
   * Moves what has been written ahead into the database, once that is more than so many pages. SQLite would do so within a commit; here it
   * follows one, when those who waited for the commit have been told.
   */
  checkpoint(framesMax: number): void {
    const { log } = this.#sql.walFrames.get() as { log: number }
    if (log > framesMax) this.#sql.checkpoint.get()
  }

  /** Makes a whole copy, as of its end, in a new file, which others may not read. */
  async copyTo(file: string): Promise<void> {
    closeSync(openSync(file, 'wx', 0o600))
    for (let attempt = 1; !(await this.#hasCopied(file)); attempt += 1) {
      if (attempt === COPY_ATTEMPTS_MAX)
        throw new Error('Cannot copy the store: its first pages are being written all the time')
    }
  }

  close(): void {
    this.#database.close()
  }

  async #hasCopied(file: string): Promise<boolean> {
    try {
      await backup(this.#database, file, { rate: COPIED_PAGES })
      return true
    } catch (error) {
      // Node.js takes it for the end where the very first pages cannot be read for a commit that is under way.
      if ((error as { readonly errcode?: number }).errcode === SQLITE_OK) return false
      throw error
    }
  }

  #insert({
    revision,
    key,
    createRevision,
    previousRevision,
    atMs,
    expiresAtMs,
    value,
  }: Row): void {
    this.#sql.insert.run(
      revision,
      key,
      createRevision,
      previousRevision,
      Math.round(atMs),
      Math.round(expiresAtMs),
      value ?? null,
    )
  }

  /**
   * Forgets the oldest events, at most `limit`, in passing: within a transaction that is synced anyway. An event that
   * cannot be asked for any more needs the row that it superseded no longer, nor itself if it was a deletion.
   */
  #sweep(limit: number): void {
    const state = this.#state
    // Most often there is none, so look at one before reading as many as may be forgotten.
    const [oldest] = this.#oldest(1)
    for (const event of oldest && this.#isSpare(oldest) ? this.#oldest(limit) : []) {
      if (!this.#isSpare(event)) break
      const superseded = this.#sql.remove.get(event.previousRevision) as
        | { bytes: number }
        | undefined
      if (event.deleted) this.#sql.remove.get(event.revision)
      state.historyBytes -= (superseded?.bytes ?? 0) + ROW_OVERHEAD_BYTES
      state.swept = event.revision
    }
    state.floor = Math.max(state.floor, state.swept)
    this.#vacuum()
  }

  #oldest(limit: number): OldEvent[] {
    return this.#sql.oldest.all(this.#state.swept, limit) as unknown as OldEvent[]
  }

  #isSpare({ revision, atMs }: OldEvent): boolean {
    const { floor, historyBytes } = this.#state
    return revision <= floor || atMs < this.#beforeMs || historyBytes > this.#limits.bytes
  }

  #vacuum(): void {
    const spare = Math.min(this.#sparePages(), VACUUM_PAGES)
    if (spare > 0) this.#database.exec(`PRAGMA incremental_vacuum(${spare})`)
  }

  // New rows fill free pages first; the file shrinks only when many stay free.
  #sparePages(): number {
    const free = this.#sql.freePages.get()!['freelist_count'] as number
    if (free < FREE_PAGES_KEPT) return 0
    const all = this.#sql.pages.get()!['page_count'] as number
    return free > all / 4 ? free - Math.max(FREE_PAGES_KEPT - 1, Math.floor(all / 4)) : 0
  }

  #transaction(action: () => void): void {
    const before = { ...this.#state }
    try {
      this.#sql.begin.run()
      action()
      const { revision, floor, swept, historyBytes } = this.#state
      this.#sql.setState.run(revision, floor, swept, historyBytes)
      this.#sql.commit.run()
    } catch (error) {
      Object.assign(this.#state, before)
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #assertReadable(revision: number): void {
    if (revision < this.#state.floor) throw new CompactedError(this.#state.floor)
  }
}

interface State {
  revision: number
  floor: number
  swept: number
  historyBytes: number
}

interface OldEvent {
  readonly revision: number
  readonly previousRevision: number
  readonly atMs: number
  readonly deleted: number
}

/** Above all keys with the prefix, in the order of UTF-8 bytes, by which SQLite compares. */
function highOf(prefix: string): string {
  return `${prefix}\u{10ffff}`
}

function rowFrom(columns: Record<string, unknown>): Row {
  const value = columns['value'] as Uint8Array | null
  return {
    revision: columns['revision'] as number,
    key: columns['key'] as string,
    createRevision: columns['create_revision'] as number,
    previousRevision: columns['previous_revision'] as number,
    atMs: columns['at_ms'] as number,
    expiresAtMs: columns['expires_at_ms'] as number,
    ...(value && { value }),
  }
}
