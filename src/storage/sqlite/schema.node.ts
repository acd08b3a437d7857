import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { FIRST_REVISION, StoreOpenError } from '../store.ts'
import { isSqliteError, SQLITE } from './sqlite-error.node.ts'

const APPLICATION_ID = 0x54726941 // "TriA", in the file's header
/**
 * What brings a file from the format of its place in the list, counted from 1, to the next one. A release that changes the
 * tables adds to it, and nothing is ever taken away: every older format can be opened.
 */
export type Migrations = readonly ((database: DatabaseSync) => void)[]
const MIGRATIONS: Migrations = []

// Values have some kilobytes: with pages of 4 KiB half of each page would stay empty.
const PAGE_BYTES = 8192
const CACHE_KIB = 8192
const WAL_BYTES_KEPT = 32 * 2 ** 20

/*
 * A row of `log` is a write. It stays as long as its value is the newest of its key or can be asked for:
 * `swept` is the revision up to which rows that only the past needed are gone, `floor` the oldest readable revision.
 * `history_bytes` is the size of what was superseded since.
 */
const TABLES = `
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    previous_revision INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    value BLOB
  ) STRICT;
  CREATE UNIQUE INDEX log_key ON log (key, revision);
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    floor INTEGER NOT NULL,
    swept INTEGER NOT NULL,
    history_bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO state VALUES (1, ${FIRST_REVISION}, 0, 0, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${formatOf(MIGRATIONS)};
`

/** Opens the file, or makes it, and keeps it locked for as long as it is open. Throws `StoreOpenError`. */
export function openFile(
  file: string,
  bytesMax: number,
  migrations: Migrations = MIGRATIONS,
): DatabaseSync {
  const database = reported(file, () => {
    createStoreFile(file)
    return new DatabaseSync(file)
  })
  try {
    reported(file, () => prepare(database, file, bytesMax, migrations))
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

// The exclusive lock is the operating system's: it ends with the process, however that ends.
function prepare(
  database: DatabaseSync,
  file: string,
  bytesMax: number,
  migrations: Migrations,
): void {
  database.exec(`
    PRAGMA locking_mode = EXCLUSIVE; -- first, or SQLite makes a file of shared memory that nobody shares
    PRAGMA page_size = ${PAGE_BYTES};
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA cache_size = -${CACHE_KIB};
    BEGIN IMMEDIATE;
  `)
  const isNew = numberOf(database, 'PRAGMA schema_version') === 0
  if (isNew) database.exec(TABLES)
  const format = isNew ? formatOf(migrations) : checkedFormat(database, file, formatOf(migrations))
  database.exec('COMMIT')
  if (format < formatOf(migrations)) migrate(database, file, format, migrations)
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON; -- what makes a sync durable on macOS
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA wal_autocheckpoint = 0; -- see Database.checkpoint()
    PRAGMA journal_size_limit = ${WAL_BYTES_KEPT};
    PRAGMA max_page_count = ${Math.max(1, Math.min(2 ** 32 - 2, Math.floor(bytesMax / PAGE_BYTES)))};
  `)
}

/** The format of a store that is written by this release. */
function formatOf(migrations: Migrations): number {
  return migrations.length + 1
}

/** Brings an older file to the newest format, all at once, after a copy of it has been put beside it. */
function migrate(
  database: DatabaseSync,
  file: string,
  format: number,
  migrations: Migrations,
): void {
  copyBeside(database, `${file}.format-${format}`)
  database.exec('BEGIN IMMEDIATE')
  for (const step of migrations.slice(format - 1)) step(database)
  database.exec(`PRAGMA user_version = ${formatOf(migrations)}; COMMIT`)
}

// A copy that is there is whole, and from before: what an attempt that failed has left may be any state since.
function copyBeside(database: DatabaseSync, copy: string): void {
  if (existsSync(copy)) return
  const unfinished = `${copy}.unfinished`
  rmSync(unfinished, { force: true })
  closeSync(openSync(unfinished, 'wx', 0o600))
  database.prepare('VACUUM INTO ?').run(unfinished)
  syncFile(unfinished)
  renameSync(unfinished, copy)
  syncFile(dirname(copy))
}

/** The format of a file. Throws `StoreOpenError` where it is none of ours, or newer than we know. */
function checkedFormat(database: DatabaseSync, file: string, newest: number): number {
  if (numberOf(database, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new StoreOpenError('not a store', `${file} is a database of another program`)
  }
  const format = numberOf(database, 'PRAGMA user_version')
  if (format > newest) {
    throw new StoreOpenError(
      'newer format',
      `${file} has format ${format}, written by a newer release; this one knows format ${newest}, use the newer release`,
    )
  }
  return format
}

// SQLite syncs the folder of its files, but not the names of new folders.
//
// The store holds Secrets, so nobody else may read it; SQLite gives its other files the same mode. A file that exists
// must not be opened here: closing it would end the locks that this process may hold on it.
export function createStoreFile(file: string): void {
  const folder = dirname(resolve(file))
  const created = mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (created !== undefined) {
    for (let at = folder; at.length >= created.length; at = dirname(at)) syncFile(dirname(at))
  }
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

export function syncFile(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function numberOf(database: DatabaseSync, query: string): number {
  return Object.values(database.prepare(query).get()!)[0] as number
}

/** Runs `action`, whose failures become one sentence for the user. */
function reported<T>(file: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof StoreOpenError) throw error
    throw explained(file, error)
  }
}

function explained(file: string, cause: unknown): StoreOpenError {
  const code = isSqliteError(cause) ? cause.errcode & 0xff : undefined
  switch (code) {
    case SQLITE.BUSY:
    case SQLITE.LOCKED:
      return new StoreOpenError(
        'in use',
        `${file} is in use by another process; stop that one first`,
        { cause },
      )
    case SQLITE.NOTADB:
      return new StoreOpenError('not a store', `${file} is not a database`, { cause })
    case SQLITE.CORRUPT:
      return new StoreOpenError('damaged', `${file} is damaged; restore it from a copy`, { cause })
    default:
      return new StoreOpenError(
        'inaccessible',
        `${file} cannot be read and written: ${messageOf(cause)}`,
        { cause },
      )
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
