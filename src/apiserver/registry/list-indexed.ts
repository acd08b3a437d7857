import type { RequestOptions } from '../../client/request.ts'
import type { Entry, Store } from '../../storage/store.ts'
import type { Lookup } from '../watch-cache/watch-cache.ts'
import type { ObjectList } from './object-list.ts'
import { prefixIn, type Resource } from './resource.ts'
import { matcher, type Selection } from './selection.ts'

/** Lists by an index, where there is one of a field that must have a certain value, and the newest state is wanted. */
export async function listIndexed(
  resource: Resource,
  selection: Selection,
  { limit = 0, continue: token, resourceVersionMatch, resourceVersion = '' }: RequestOptions,
): Promise<ObjectList | undefined> {
  const wantsNewest = resourceVersion === '' || resourceVersion === '0'
  if (limit > 0 || token || resourceVersionMatch || !wantsNewest) return undefined
  const found = await find(resource, selection)
  if (!found) return undefined
  const prefix = prefixIn(resource, selection.namespace)
  const matches = matcher(resource, selection)!
  const entries = await Promise.all(
    found.keys
      .filter((key) => key.startsWith(prefix))
      .map((key) => entryAt(resource.env.store, key, found.revision)),
  )
  const items = entries
    .flatMap((entry) => (entry ? [resource.objectOf(entry)] : []))
    .filter(({ object }) => matches(object))
  return { items, resourceVersion: String(found.revision) }
}

async function find({ cache }: Resource, { fields }: Selection): Promise<Lookup | undefined> {
  for (const { field, operator, value } of fields.requirements) {
    const found = operator === '=' ? await cache.lookup(field, value) : undefined
    if (found) return found
  }
  return undefined
}

// Mostly nothing has happened since the index spoke, and then the newest state needs no look at the past.
async function entryAt(store: Store, key: string, revision: number): Promise<Entry | undefined> {
  const newest = await store.get(key)
  return newest && newest.revision <= revision ? newest : store.get(key, { revision })
}
