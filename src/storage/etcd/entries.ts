import type { Entry, StoreEvent } from '../store.ts'
import { CompactedError } from '../store.ts'
import type { Keys } from './keys.ts'
import type { KnownValues } from './known-values.ts'
import type { Event, KeyValue } from './messages.ts'

/** How etcd's answers are read. */
export interface EntryReader {
  readonly keys: Keys
  readonly values: KnownValues
}

export function entryOf({ keys, values }: EntryReader, kv: KeyValue): Entry {
  const key = keys.fromEtcd(kv.key)
  return {
    key,
    value: values.of(key, kv.modRevision, kv.value),
    revision: kv.modRevision,
    createRevision: kv.createRevision,
  }
}

/**
 * Throws `CompactedError` where etcd has no previous value any more: an event without it would tell a reader who selects
 * by content nothing.
 */
export function eventOf(reader: EntryReader, { type, kv, prevKv }: Event): StoreEvent {
  const { modRevision: revision, createRevision } = kv!
  const isNew = type === 'PUT' && createRevision === revision
  if (!isNew && !prevKv) throw new CompactedError(revision)
  const key = reader.keys.fromEtcd(kv!.key)
  const previous = prevKv && { previous: entryOf(reader, prevKv) }
  if (type === 'DELETE') return { type: 'delete', key, revision, ...previous }
  return { type: 'put', key, revision, entry: entryOf(reader, kv!), ...previous }
}
