import type { Entry } from '../../storage/store.ts'
import type { StoredObject } from '../registry/stored-object.ts'
import { Batch } from './batch.ts'
import type { WatchChange } from './event.ts'
import type { Filter } from './filter.ts'

const INITIAL_BYTES_AT_ONCE = 64 * 1024 // A batch that one write to a connection carries.

/** The objects as of one revision. */
export interface CurrentState {
  readonly revision: number
  entries(prefix: string): Iterable<Entry>
}

/** Where a watch begins: with what there is, or behind a revision that its client has seen. */
export type WatchStart =
  | { readonly type: 'state'; readonly state: CurrentState; readonly initialEventsEnd: boolean }
  | { readonly type: 'revision'; readonly revision: number }

/**
 * What a watch is told first: every object that is selected, and a bookmark where that is asked for. Made while it is
 * read, so that many clients that begin at once do not need it all in memory.
 */
export function* initialBatches(
  { state, initialEventsEnd }: WatchStart & { type: 'state' },
  { prefix, matches }: Filter,
  bookmarks: boolean,
  objectOf: (entry: Entry) => StoredObject,
): Generator<Batch> {
  let items: WatchChange[] = []
  let bytes = 0
  for (const entry of state.entries(prefix)) {
    const object = objectOf(entry)
    if (matches && !matches(object.object)) continue
    items.push({ type: 'ADDED', object, revision: entry.revision })
    bytes += object.size
    if (bytes < INITIAL_BYTES_AT_ONCE) continue
    yield new Batch(items)
    items = []
    bytes = 0
  }
  if (items.length > 0) yield new Batch(items)
  if (initialEventsEnd && bookmarks) {
    yield new Batch([{ type: 'BOOKMARK', revision: state.revision, initialEventsEnd }])
  }
}
