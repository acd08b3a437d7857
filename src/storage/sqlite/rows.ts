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

/** Rows for another thread, with few objects to clone. */
export interface PackedRows {
  readonly keys: readonly string[]
  readonly numbers: Float64Array<ArrayBuffer>
  /** All in one, or each by itself where that is a memory of its own. */
  readonly values: Uint8Array<ArrayBuffer> | readonly (Uint8Array<ArrayBuffer> | undefined)[]
}

const NUMBERS_PER_ROW = 6
const DELETED = -1

/** Packs copies of the values, which their owner keeps. */
export function packRows(rows: readonly Row[]): PackedRows {
  const values = new Uint8Array(rows.reduce((sum, row) => sum + (row.value?.length ?? 0), 0))
  let end = 0
  for (const { value } of rows) {
    if (!value) continue
    values.set(value, end)
    end += value.length
  }
  return { keys: rows.map((row) => row.key), numbers: numbersOf(rows), values }
}

/** Packs the values themselves, which must be nobody else's. */
export function giveRows(rows: readonly Row[]): PackedRows {
  const values = rows.map((row) => row.value as Uint8Array<ArrayBuffer> | undefined)
  return { keys: rows.map((row) => row.key), numbers: numbersOf(rows), values }
}

/** What `postMessage` may take away instead of copying it. */
export function buffersOf({ numbers, values }: PackedRows): ArrayBuffer[] {
  const parts =
    values instanceof Uint8Array ? [values] : values.filter((value) => value !== undefined)
  return [numbers.buffer, ...parts.map((part) => part.buffer)]
}

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
    const value = values instanceof Uint8Array ? values.subarray(end - length, end) : values[i]!
    return { ...row, value }
  })
}

function numbersOf(rows: readonly Row[]): Float64Array<ArrayBuffer> {
  const numbers = new Float64Array(rows.length * NUMBERS_PER_ROW)
  let at = 0
  for (const { revision, createRevision, previousRevision, atMs, expiresAtMs, value } of rows) {
    numbers[at++] = revision
    numbers[at++] = createRevision
    numbers[at++] = previousRevision
    numbers[at++] = atMs
    numbers[at++] = expiresAtMs
    numbers[at++] = value?.length ?? DELETED
  }
  return numbers
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
