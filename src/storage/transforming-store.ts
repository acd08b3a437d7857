import { internalError } from '../apimachinery/status-error.ts'
import type {
  CommitResult,
  Entry,
  ListOptions,
  ListResult,
  Store,
  StoreEvent,
  Value,
  WatchMessage,
  Write,
} from './store.ts'

/** How values are written to where they are kept, and read: encryption at rest (KMS v2, KEP-3299; AES-GCM, …). */
export interface ValueTransformer {
  /** The bytes to keep. The key is to be authenticated with them, so that nobody can move a value to another key. */
  encode(key: string, bytes: Uint8Array): Promise<Uint8Array>
  /** Throws what a reader is to be told where the bytes cannot be read, or belong to another key. */
  decode(key: string, kept: Uint8Array): Promise<Decoded>
}

export interface Decoded {
  readonly bytes: Uint8Array
  /** It would be written otherwise today, such as with another key, and so should be. */
  readonly isStale: boolean
}

/**
 * A store whose values are kept in another form in the store beneath it. What was written in this process is not decoded
 * again; what comes from elsewhere is decoded once.
 */
export function transformingStore(store: Store, transformer: ValueTransformer): Store {
  const decoded = new WeakMap<Value, Promise<Value>>()

  const open = async (entry: Entry): Promise<Entry> => {
    const { key, value } = entry
    if (value instanceof SealedValue) return { ...entry, value: value.plain }
    const opened = decoded.getOrInsertComputed(value, () => openedValue(key, value, transformer))
    return { ...entry, value: await opened }
  }
  const openOne = (entry: Entry): Promise<Entry> =>
    open(entry).catch((cause: unknown) => {
      throw unreadable(cause)
    })
  // Among many, it has to be said which one cannot be read.
  const openListed = (entry: Entry): Promise<Entry> =>
    open(entry).catch((cause: unknown) => {
      throw unreadable(cause, `unable to transform key ${JSON.stringify(entry.key)}: `)
    })
  const openMaybe = async (entry: Entry | undefined): Promise<Entry | undefined> =>
    entry && (await openOne(entry))
  const openEvent = async (event: StoreEvent): Promise<StoreEvent> => {
    const [entry, previous] = await Promise.all([openMaybe(event.entry), openMaybe(event.previous)])
    return { ...event, ...(entry && { entry }), ...(previous && { previous }) }
  }

  return {
    get: async (key, options) => openMaybe(await store.get(key, options)),

    async list(prefix: string, options?: ListOptions): Promise<ListResult> {
      const result = await store.list(prefix, options)
      return { ...result, entries: await Promise.all(result.entries.map(openListed)) }
    },

    async commit(key: string, expected: number, write: Write): Promise<CommitResult> {
      const sealed = write.type === 'put' ? await sealedWrite(key, write, transformer) : write
      const result = await store.commit(key, expected, sealed)
      return result.ok ? result : { ...result, current: await openMaybe(result.current) }
    },

    async *watch(prefix, from, options): AsyncGenerator<WatchMessage, void, undefined> {
      for await (const message of store.watch(prefix, from, options)) {
        if (message.type === 'progress') yield message
        else yield { type: 'events', events: await Promise.all(message.events.map(openEvent)) }
      }
    },

    revision: () => store.revision(),
    revisionAt: (timeMs) => store.revisionAt(timeMs),
    requestProgress: (prefix) => store.requestProgress(prefix),
    compact: (revision) => store.compact(revision),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

/** What is kept of a value, and the value itself for as long as the store beneath hands it back. */
class SealedValue implements Value {
  readonly bytes: Uint8Array
  readonly plain: Value

  constructor(bytes: Uint8Array, plain: Value) {
    this.bytes = bytes
    this.plain = plain
  }
}

async function sealedWrite(
  key: string,
  write: Write & { readonly type: 'put' },
  transformer: ValueTransformer,
): Promise<Write> {
  const bytes = await transformer.encode(key, write.value.bytes)
  return { ...write, value: new SealedValue(bytes, write.value) }
}

async function openedValue(
  key: string,
  value: Value,
  transformer: ValueTransformer,
): Promise<Value> {
  const { bytes, isStale } = await transformer.decode(key, value.bytes)
  return isStale ? { bytes, isStale } : { bytes }
}

function unreadable(cause: unknown, where = ''): Error {
  const why = cause instanceof Error ? cause.message : String(cause)
  return internalError(`${where}${why}`, { cause })
}
