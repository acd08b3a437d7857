import { equal } from '../../apimachinery/equality.ts'
import type { Entry } from '../../storage/store.ts'
import type { ApiObject } from './api-object.ts'
import { toStore, type Resource } from './resource.ts'
import type { StoredObject } from './stored-object.ts'
import type { Attempt, UpdateResult } from './update-request.ts'
import type { WriteContext } from './write-context.ts'

/** Writes an object in place of another, unless it is the same; removes it where nothing keeps it any more. */
export async function storeUpdate(
  resource: Resource,
  object: ApiObject,
  entry: Entry,
  current: StoredObject,
  context: WriteContext,
): Promise<Attempt> {
  const old = current.object
  await context.admission.validate(object, old)
  if (isFinished(object, old) && (resource.hooks.mayFinish?.(object) ?? true))
    return removeFinished(resource, object, entry, context)
  if (!entry.value.isStale && isSame(object, old)) return { object: current, created: false }
  return put(resource, object, entry, context)
}

// That somebody sent again what is there already is no change, though it would move the time of their fields.
function isSame(object: ApiObject, old: ApiObject): boolean {
  // What changes is mostly the spec or the status, so they are looked at first.
  if (!equal({ ...object, metadata: undefined }, { ...old, metadata: undefined })) return false
  const [now, before] = [object.metadata.managedFields, old.metadata.managedFields]
  if (now?.length !== before?.length) return false
  const managedFields = now?.map((entry, i) => ({ ...entry, time: before![i]!.time }))
  return equal({ ...object.metadata, managedFields }, { ...old.metadata, managedFields: before })
}

/** Writes an object over an entry; revision 0 stands for none. */
export async function put(
  resource: Resource,
  object: ApiObject,
  { key, revision }: Pick<Entry, 'key' | 'revision'>,
  { dryRun }: WriteContext,
): Promise<Attempt> {
  const created = revision === 0
  const value = toStore(resource, object)
  if (dryRun) return { object: created ? value : value.at(revision), created }
  const { ttlSeconds } = resource.hooks
  const ttl = ttlSeconds === undefined ? {} : { ttlSeconds }
  const result = await resource.env.store.commit(key, revision, { type: 'put', value, ...ttl })
  if (!result.ok) return { retryWith: result.current }
  return { object: value.at(result.revision), created }
}

/** Whether the update took away the last thing that kept a deleted object. */
function isFinished({ metadata }: ApiObject, { metadata: old }: ApiObject): boolean {
  if (metadata.finalizers && metadata.finalizers.length > 0) return false
  return old.deletionTimestamp !== undefined && !old.deletionGracePeriodSeconds
}

async function removeFinished(
  resource: Resource,
  object: ApiObject,
  { key, revision }: Entry,
  { dryRun }: WriteContext,
): Promise<Attempt> {
  const answer: UpdateResult = {
    object: toStore(resource, object).at(revision),
    created: false,
  }
  if (dryRun) return answer
  const result = await resource.env.store.commit(key, revision, { type: 'delete' })
  if (!result.ok && result.current) return { retryWith: result.current }
  await resource.hooks.deleted?.(object)
  return answer
}
