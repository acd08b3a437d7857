import type { StoredObject } from '../registry/stored-object.ts'
import type { Filter } from './filter.ts'

/** A change of an object, as all watches share it. */
export interface CacheEvent {
  readonly key: string
  readonly revision: number
  /** What it is now; absent where it was deleted. */
  readonly object?: StoredObject
  /** What it was before; absent where it was created. */
  readonly previous?: StoredObject
  /** What watches are told, made on first use. */
  readonly items: { [type in ChangeType]?: WatchChange }
}

type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

export interface WatchChange {
  readonly type: ChangeType
  readonly object: StoredObject
  /** The object's last state before it left the selection carries the revision of what made it leave. */
  readonly revision: number
}

export interface WatchBookmark {
  readonly type: 'BOOKMARK'
  readonly revision: number
  readonly initialEventsEnd: boolean
}

export type WatchItem = WatchChange | WatchBookmark

/** What a watch with this filter is told of the event: an object that enters the selection is added, one that leaves it deleted. */
export function itemOf(event: CacheEvent, filter: Filter): WatchChange | undefined {
  if (!event.key.startsWith(filter.prefix)) return undefined
  const { matches } = filter
  const after = event.object && (!matches || matches(event.object.object))
  const before = event.previous && (!matches || matches(event.previous.object))
  if (after) return change(event, before ? 'MODIFIED' : 'ADDED')
  return before ? change(event, 'DELETED') : undefined
}

function change(event: CacheEvent, type: ChangeType): WatchChange {
  return (event.items[type] ??= {
    type,
    revision: event.revision,
    object: type === 'DELETED' ? event.previous!.copyAt(event.revision) : event.object!,
  })
}
