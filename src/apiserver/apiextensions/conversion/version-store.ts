import type {
  CommitResult,
  Entry,
  Store,
  StoreEvent,
  Value,
  WatchMessage,
  Write,
} from '../../../storage/store.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import { inOrder, parseStored, StoredObject } from '../../registry/stored-object.ts'
import type { Converter } from './converter.ts'

export interface VersionStoreOptions {
  readonly store: Store
  /** The version that this store shows. */
  readonly apiVersion: string
  /** The version in which objects are stored. */
  readonly storedAs: string
  readonly convert: Converter
}

/**
 * A store as one version of a custom resource sees it: whatever the version an object was stored in, it is read in this
 * one, and what is written is stored in the storage version. Each stored value is converted once.
 */
export function versionStore(options: VersionStoreOptions): Store {
  const { store } = options
  const reader = new Reader(options)
  return {
    async get(key, at) {
      const entry = await store.get(key, at)
      return entry && reader.read(entry)
    },
    async list(prefix, at) {
      const result = await store.list(prefix, at)
      return { ...result, entries: await reader.readAll(result.entries) }
    },
    async commit(key, expected, write) {
      const result = await store.commit(key, expected, await stored(write, options))
      return reader.readResult(result)
    },
    watch: (prefix, from, { signal }) => reader.readMessages(store.watch(prefix, from, { signal })),
    revision: () => store.revision(),
    revisionAt: (timeMs) => store.revisionAt(timeMs),
    requestProgress: (prefix) => store.requestProgress(prefix),
    compact: (revision) => store.compact(revision),
    // It shows a store that others own.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function stored(
  write: Write,
  { convert, apiVersion, storedAs }: VersionStoreOptions,
): Promise<Write> {
  if (write.type !== 'put' || apiVersion === storedAs) return write
  const [object] = await convert([objectOf(write.value)], storedAs)
  return { ...write, value: new StoredObject(inOrder(object!)) }
}

/** What a value holds, without a resourceVersion. */
function objectOf(value: Value): ApiObject {
  const object =
    value instanceof StoredObject ? value.object : (parseStored(value.bytes) as ApiObject)
  if (object.metadata?.resourceVersion === undefined) return object
  const { resourceVersion: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

class Reader {
  readonly #options: VersionStoreOptions
  readonly #read = new WeakMap<Value, Value>()

  constructor(options: VersionStoreOptions) {
    this.#options = options
  }

  async read(entry: Entry): Promise<Entry> {
    return (await this.readAll([entry]))[0]!
  }

  async readAll(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const { apiVersion, storedAs, convert } = this.#options
    const unread = entries.filter(({ value }) => !this.#read.has(value))
    const objects = unread.map(({ value }) => objectOf(value))
    const old = objects.filter((object) => object.apiVersion !== apiVersion)
    const converted = new Map<ApiObject, ApiObject>()
    if (old.length > 0) {
      const results = await convert(old, apiVersion)
      for (const [i, object] of old.entries()) converted.set(object, results[i]!)
    }
    for (const [i, { value }] of unread.entries()) {
      const object = objects[i]!
      const result = converted.get(object)
      const isStale = value.isStale === true || object.apiVersion !== storedAs
      const isSame = !result && !isStale
      const read = isSame ? value : new StoredObject(inOrder(result ?? object), undefined, isStale)
      this.#read.set(value, read)
    }
    return entries.map((entry) => ({ ...entry, value: this.#read.get(entry.value)! }))
  }

  async readResult(result: CommitResult): Promise<CommitResult> {
    if (result.ok || !result.current) return result
    return { ...result, current: await this.read(result.current) }
  }

  async *readMessages(messages: AsyncIterable<WatchMessage>): AsyncGenerator<WatchMessage> {
    for await (const message of messages) {
      yield message.type === 'events'
        ? { type: 'events', events: await this.#readEvents(message.events) }
        : message
    }
  }

  async #readEvents(events: readonly StoreEvent[]): Promise<readonly StoreEvent[]> {
    const entries = events.flatMap(({ entry, previous }) => [
      ...(entry ? [entry] : []),
      ...(previous ? [previous] : []),
    ])
    const read = (await this.readAll(entries)).values()
    return events.map((event) => ({
      ...event,
      ...(event.entry && { entry: read.next().value! }),
      ...(event.previous && { previous: read.next().value! }),
    }))
  }
}
