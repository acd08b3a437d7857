import { pacer, type Pause } from '../base/pace.ts'
import type { Clock } from '../../base/clock.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { CompactedError, type Entry, type Store } from '../../storage/store.ts'
import type { StoredObject } from '../registry/stored-object.ts'
import { FieldIndex } from './field-index.ts'
import type { Source } from './source.ts'

export interface ConsistencyOptions {
  readonly store: Store
  readonly prefix: string
  readonly objectOf: (entry: Entry) => StoredObject
  readonly clock: Clock
  readonly pause?: Pause | undefined
  readonly indexedFields: Readonly<Record<string, (object: ApiObject) => string>>
}

/** Indexes of what the store holds, made a little at a time. */
export async function buildIndexes(
  entries: readonly Entry[],
  { objectOf, indexedFields, clock, pause }: ConsistencyOptions,
): Promise<ReadonlyMap<string, FieldIndex>> {
  const indexes = new Map(
    Object.entries(indexedFields).map(([field, valueOf]) => [field, new FieldIndex(valueOf)]),
  )
  const turn = pacer(clock, pause)
  for (const entry of entries) {
    const wait = turn()
    if (wait) await wait
    const { object } = objectOf(entry)
    for (const index of indexes.values()) index.add(entry.key, object)
  }
  return indexes
}

/**
 * Compares the indexes, which events have brought to where they are, with the store at the same revision. Answers with
 * the field whose index is wrong; undefined where all are right, or where the store has forgotten that revision.
 */
export async function wrongIndex(
  source: Source,
  options: ConsistencyOptions,
): Promise<string | undefined> {
  const revision = source.position
  const held = [...source.indexes].map(([field, index]) => [field, index.digest()] as const)
  const entries = await entriesAt(revision, options)
  if (!entries) return undefined
  const built = await buildIndexes(entries, options)
  return held.find(([field, digest]) => built.get(field)!.digest() !== digest)?.[0]
}

async function entriesAt(
  revision: number,
  { store, prefix }: ConsistencyOptions,
): Promise<readonly Entry[] | undefined> {
  try {
    return (await store.list(prefix, { revision })).entries
  } catch (error) {
    if (error instanceof CompactedError) return undefined
    throw error
  }
}
