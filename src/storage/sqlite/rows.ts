import type { Entry } from '../store.ts'
import type { StoredEntry, StoredEvent } from '../memory/plan-write.ts'

/** One write as it lies on disk. */
export interface Row {
  readonly revision: number
  readonly key: string
  readonly createRevision: number
  /** The revision of the write that this one supersedes; 0 where there is none. */
  readonly previousRevision: number
  /** When it was written, in milliseconds since the Unix epoch. */
  readonly atMs: number
  /** When the key is to be deleted, in milliseconds since the Unix epoch; 0 for never. */
  readonly expiresAtMs: number
  /** Absent where the key was deleted. */
  readonly value?: Uint8Array
}

/** Rows for another thread: few objects to clone, and all values in one buffer, which is transferred, not copied. */
export interface PackedRows {
  readonly keys: readonly string[]
  readonly numbers: Float64Array<ArrayBuffer>
  readonly values: Uint8Array<ArrayBuffer>
}

const NUMBERS_PER_ROW = 6
const DELETED = -1

export function packRows(rows: readonly Row[]): PackedRows {
  const numbers = new Float64Array(rows.length * NUMBERS_PER_ROW)
  const values = new Uint8Array(rows.reduce((sum, row) => sum + (row.value?.length ?? 0), 0))
  let end = 0
  for (const [i, row] of rows.entries()) {
    const length = row.value?.length ?? DELETED
    const { revision, createRevision, previousRevision, atMs, expiresAtMs } = row
    const fields = [revision, createRevision, previousRevision, atMs, expiresAtMs, length]
    numbers.set(fields, i * NUMBERS_PER_ROW)
    if (!row.value) continue
    values.set(row.value, end)
    end += length
  }
  return { keys: rows.map((row) => row.key), numbers, values }
}

/** What `postMessage` may take away instead of copying it. */
export function buffersOf({ numbers, values }: PackedRows): ArrayBuffer[] {
  return [numbers.buffer, values.buffer]
}

/** The rows; their values are views of the one buffer. */
export function unpackRows({ keys, numbers, values }: PackedRows): Row[] {
  let end = 0
  return keys.map((key, i) => {
    const at = i * NUMBERS_PER_ROW
    const length = numbers[at + 5]!
    const row = {
      key,
      revision: numbers[at]!,
      createRevision: numbers[at + 1]!,
      previousRevision: numbers[at + 2]!,
      atMs: numbers[at + 3]!,
      expiresAtMs: numbers[at + 4]!,
    }
    if (length === DELETED) return row
    end += length
    return { ...row, value: values.subarray(end - length, end) }
  })
}

export function rowOf({ key, revision, entry, previous, atMs }: StoredEvent): Row {
  const previousRevision = previous?.revision ?? 0
  if (!entry) return { key, revision, createRevision: 0, previousRevision, atMs, expiresAtMs: 0 }
  const { createRevision, expiresAtMs = 0, value } = entry
  return { key, revision, createRevision, previousRevision, atMs, expiresAtMs, value: value.bytes }
}

/** What the key held from this row on; undefined for a deletion. */
export function entryOf(row: Row): StoredEntry | undefined {
  const { key, value: bytes, revision, createRevision, expiresAtMs } = row
  if (!bytes) return undefined
  const entry: Entry = { key, value: { bytes }, revision, createRevision }
  return expiresAtMs === 0 ? entry : { ...entry, expiresAtMs }
}

export function eventOf(row: Row, before: Row | undefined): StoredEvent {
  const { key, revision, atMs } = row
  const entry = entryOf(row)
  const previous = before && entryOf(before)
  return {
    type: entry ? 'put' : 'delete',
    key,
    revision,
    atMs,
    ...(entry && { entry }),
    ...(previous && { previous }),
  }
}
