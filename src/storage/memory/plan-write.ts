import type { Entry, StoreEvent, Write } from '../store.ts'

/** An entry as the local stores keep it: with the time at which it is to be deleted. */
export interface StoredEntry extends Entry {
  /** Milliseconds since the Unix epoch. */
  readonly expiresAtMs?: number
}

/** What was written, and when (milliseconds since the Unix epoch). */
export interface StoredEvent extends StoreEvent {
  readonly entry?: StoredEntry
  readonly previous?: StoredEntry
  readonly atMs: number
}

/** The event that writing to `key`, which holds `current`, makes; undefined when there is nothing to delete. */
export function planWrite(
  key: string,
  current: StoredEntry | undefined,
  write: Write,
  { revision, atMs }: { revision: number; atMs: number },
): StoredEvent | undefined {
  if (write.type === 'delete') {
    return current && { type: 'delete', key, revision, previous: current, atMs }
  }
  const entry = entryOf(key, current, write, revision, atMs)
  return current
    ? { type: 'put', key, revision, entry, previous: current, atMs }
    : { type: 'put', key, revision, entry, atMs }
}

function entryOf(
  key: string,
  current: Entry | undefined,
  { value, ttlSeconds }: Write & { type: 'put' },
  revision: number,
  atMs: number,
): StoredEntry {
  const createRevision = current?.createRevision ?? revision
  if (ttlSeconds === undefined) return { key, value, revision, createRevision }
  return { key, value, revision, createRevision, expiresAtMs: atMs + ttlSeconds * 1000 }
}
