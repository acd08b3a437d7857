import { resourceExpired } from '../../apimachinery/status-error.ts'
import { CompactedError, type Entry, type Store, type StoreEvent } from '../../storage/store.ts'
import type { StoredObject } from '../registry/stored-object.ts'
import { Batch } from './batch.ts'
import { itemOf, type CacheEvent } from './event.ts'
import type { Filter } from './filter.ts'

export interface PastOptions {
  readonly store: Store
  readonly objectOf: (entry: Entry) => StoredObject
  readonly filter: Filter
  readonly signal: AbortSignal
}

/**
 * What happened after `from`, up to and including `to`, read from the store. Throws `Expired` where the store does not
 * reach back so far.
 */
export async function* pastBatches(
  from: number,
  to: number,
  { store, objectOf, filter, signal }: PastOptions,
): AsyncGenerator<Batch> {
  const stop = new AbortController()
  const messages = store.watch(filter.prefix, from, {
    signal: AbortSignal.any([signal, stop.signal]),
  })
  try {
    for await (const message of messages) {
      if (message.type === 'progress') {
        if (message.revision >= to) return
        continue
      }
      const events = message.events.filter(({ revision }) => revision <= to)
      const batch = batchOf(
        events.map((event) => cacheEvent(event, objectOf)),
        filter,
      )
      if (batch.items.length > 0) yield batch
      if (events.length < message.events.length) return
    }
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error
    throw tooOld(from, error.compactedRevision)
  } finally {
    stop.abort()
  }
}

/** The error for a resourceVersion that is no longer known. */
function tooOld(revision: number, oldest: number): Error {
  return resourceExpired(`too old resource version: ${revision} (${oldest})`)
}

/** A change as the store tells it. */
export function cacheEvent(
  event: StoreEvent,
  objectOf: (entry: Entry) => StoredObject,
): CacheEvent {
  const { key, revision, entry, previous } = event
  return {
    key,
    revision,
    ...(entry && { object: objectOf(entry) }),
    ...(previous && { previous: objectOf(previous) }),
    items: {},
  }
}

/** What a watch with this filter is told of the events. */
export function batchOf(events: readonly CacheEvent[], filter: Filter): Batch {
  return new Batch(
    events.map((event) => itemOf(event, filter)).filter((item) => item !== undefined),
  )
}
