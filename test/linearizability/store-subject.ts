import { textOf, valueOf } from '../../src/storage/conformance-helpers.ts'
import {
  type Entry,
  type Store,
  type StoreEvent,
  StoreWriteError,
} from '../../src/storage/store.ts'
import type { Change, Held, WatchItem } from './history.ts'
import type { Subject } from './record.ts'

/** A store as what is to be checked. */
export function storeSubject(store: Store): Subject {
  return {
    async get(key) {
      const entry = await store.get(key)
      return entry && heldOf(entry)
    },
    async list(prefix) {
      const { revision, entries } = await store.list(prefix)
      return { revision, found: entries.map(heldOf) }
    },
    async write(key, expected, text) {
      try {
        const { ok, revision } = await store.commit(
          key,
          expected,
          text === undefined ? { type: 'delete' } : { type: 'put', value: valueOf(text) },
        )
        return ok ? { type: 'done', revision } : { type: 'refused' }
      } catch (error) {
        if (error instanceof StoreWriteError) return { type: 'unknown' }
        throw error
      }
    },
    async *watch(prefix, from, options) {
      for await (const message of store.watch(prefix, from, options)) {
        if (message.type === 'progress') yield message
        else yield* message.events.map(itemOf)
      }
    },
    requestProgress: (prefix) => store.requestProgress(prefix),
  }
}

function heldOf(entry: Entry): Held {
  return { key: entry.key, revision: entry.revision, text: textOf(entry)! }
}

function itemOf({ key, revision, entry }: StoreEvent): WatchItem {
  const change: Change = entry ? { key, revision, text: textOf(entry)! } : { key, revision }
  return { type: 'change', change }
}
