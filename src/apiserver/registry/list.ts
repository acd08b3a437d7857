import { badRequest, generic, resourceExpired } from '../../apimachinery/status-error.ts'
import type { RequestOptions } from '../../client/request.ts'
import { formatFieldError } from '../../schema/field-error.ts'
import {
  CompactedError,
  type Entry,
  type ListOptions as StoreListOptions,
  type ListResult as StoreListResult,
} from '../../storage/store.ts'
import { pacer } from '../base/pace.ts'
import { decodeContinue, encodeContinue, NEWEST, type ContinueToken } from './continue-token.ts'
import { checkListOptions } from './list-options.ts'
import { listIndexed } from './list-indexed.ts'
import type { ObjectList } from './object-list.ts'
import { keyOf, prefixIn, type Resource } from './resource.ts'
import { checkVersionReached, versionError } from './resource-version.ts'
import { matcher, type Selection } from './selection.ts'
import type { StoredObject } from './stored-object.ts'

/** The objects that are selected, in the order of their keys. Throws `Invalid`, `BadRequest`, `Expired`. */
export async function listObjects(
  resource: Resource,
  selection: Selection,
  options: RequestOptions,
): Promise<ObjectList> {
  checkListOptions(options)
  const single = singleKey(resource, selection)
  if (single !== undefined) return listOne(resource, single, selection, options)
  const indexed = await listIndexed(resource, selection, options)
  if (indexed) return indexed
  const prefix = prefixIn(resource, selection.namespace)
  const from = options.continue ? startOf(options, prefix) : undefined
  const revision = from ? revisionOf(from) : await wantedRevision(resource, options)
  const matches = matcher(resource, selection)
  const limit = limitOf(options)
  const result = await read(resource, prefix, from, {
    ...(revision !== undefined && { revision }),
    ...(from && { after: from.after }),
    // How many must be looked at to find enough is not known beforehand.
    ...(limit !== Infinity && !matches && { limit }),
  })
  const { items, last } = await collect(resource, result.entries, matches, limit)
  const hasMore =
    last !== undefined && (matches ? last !== result.entries.at(-1) : items.length < result.count)
  return {
    items,
    resourceVersion: String(result.revision),
    ...(hasMore && {
      continue: encodeContinue({ revision: result.revision, after: last.key }, prefix),
      ...(!matches && { remainingItemCount: result.count - items.length }),
    }),
  }
}

// Whoever takes whatever there is gets all of it, as from upstream's cache.
function limitOf({ limit = 0, resourceVersion, continue: token }: RequestOptions): number {
  return limit > 0 && (token || resourceVersion !== '0') ? limit : Infinity
}

function startOf(options: RequestOptions, prefix: string): ContinueToken {
  const { resourceVersion = '' } = options
  const token = decodeContinue(options.continue!, prefix)
  if (resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  return token
}

function revisionOf({ revision }: ContinueToken): number | undefined {
  return revision === NEWEST ? undefined : revision
}

/** The revision that must be read; undefined for the newest, which is never too old. */
async function wantedRevision(
  resource: Resource,
  { resourceVersion = '', resourceVersionMatch: match, limit = 0 }: RequestOptions,
): Promise<number | undefined> {
  const error = versionError(resourceVersion)
  if (error) throw badRequest(`invalid resource version: ${formatFieldError(error)}`)
  const revision = Number(resourceVersion)
  if (revision === 0) return undefined
  await checkVersionReached(resource, resourceVersion)
  return match === 'Exact' || (match === undefined && limit > 0) ? revision : undefined
}

async function read(
  resource: Resource,
  prefix: string,
  from: ContinueToken | undefined,
  options: StoreListOptions,
): Promise<StoreListResult> {
  return unlessCompacted(
    () => resource.env.store.list(prefix, options),
    from && (() => continueExpired(from, prefix)),
  )
}

async function unlessCompacted<T>(read: () => Promise<T>, expired = tooOld): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof CompactedError ? expired() : error
  }
}

function tooOld(): Error {
  return resourceExpired('The resourceVersion for the provided list is too old.')
}

function continueExpired({ after }: ContinueToken, prefix: string): Error {
  const { status } = resourceExpired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  )
  const metadata = { continue: encodeContinue({ revision: NEWEST, after }, prefix) }
  return generic({ ...status, metadata })
}

async function collect(
  resource: Resource,
  entries: readonly Entry[],
  matches: ReturnType<typeof matcher>,
  limit: number,
): Promise<{ items: StoredObject[]; last: Entry | undefined }> {
  const items: StoredObject[] = []
  let last: Entry | undefined
  const turn = pacer(resource.env.clock, resource.env.pause)
  for (const entry of entries) {
    const wait = turn()
    if (wait) await wait
    if (items.length >= limit) return { items, last }
    last = entry
    const object = resource.objectOf(entry)
    if (!matches || matches(object.object)) items.push(object)
  }
  return { items, last }
}

/** The one key that the selection can select, where it says which. */
function singleKey(resource: Resource, { namespace, name }: Selection): string | undefined {
  if (name === undefined || (resource.info.namespaced && namespace === '')) return undefined
  return keyOf(resource, namespace, name)
}

async function listOne(
  resource: Resource,
  key: string,
  selection: Selection,
  options: RequestOptions,
): Promise<ObjectList> {
  const revision = await wantedRevision(resource, options)
  const { store } = resource.env
  // The revision is read first, so that a watch from there misses nothing.
  const resourceVersion = String(revision ?? (await store.revision()))
  const entry = await unlessCompacted(() =>
    store.get(key, revision === undefined ? {} : { revision }),
  )
  const object = entry && resource.objectOf(entry)
  const matches = matcher(resource, selection)
  const isSelected = object && (!matches || matches(object.object))
  return { items: isSelected ? [object] : [], resourceVersion }
}
