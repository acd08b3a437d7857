import type { RequestOptions } from '../../client/request.ts'
import type { LocalStore, Store } from '../../storage/store.ts'
import type { Batch } from '../watch-cache/batch.ts'
import type { WatchOptions } from '../watch-cache/watch-cache.ts'
import type { CurrentState, WatchStart } from '../watch-cache/watch-start.ts'
import { checkWatchOptions } from './list-options.ts'
import { type Resource } from './resource.ts'
import { checkVersionReached, parseResourceVersion } from './resource-version.ts'
import { filterOf, type Selection } from './selection.ts'

/**
 * The changes of the objects that are selected, until the signal aborts or the server ends. Throws `Invalid` at once; what
 * else is wrong is told by the watch, as by upstream's.
 */
export async function watchObjects(
  resource: Resource,
  selection: Selection,
  options: RequestOptions,
  signal: AbortSignal,
  hooks: Pick<WatchOptions, 'endsInMs' | 'onCutOff' | 'onBegun'> = {},
): Promise<AsyncGenerator<Batch>> {
  checkWatchOptions(options)
  const revision = parseResourceVersion(resource, options.resourceVersion ?? '')
  const filter = filterOf(resource, selection)
  const bookmarks = options.allowWatchBookmarks === true
  try {
    const start = await startOf(resource, options, revision)
    return resource.cache.watch({ start, filter, bookmarks, signal, ...hooks })
  } catch (error) {
    return failing(error)
  }
}

// oxlint-disable-next-line require-yield -- it has nothing to tell but that
async function* failing(error: unknown): AsyncGenerator<Batch> {
  throw error
}

async function startOf(
  resource: Resource,
  { resourceVersion = '', sendInitialEvents }: RequestOptions,
  revision: number,
): Promise<WatchStart> {
  const { store } = resource.env
  if (sendInitialEvents === false) {
    return { type: 'revision', revision: revision || (await store.revision()) }
  }
  if (sendInitialEvents === undefined && revision > 0) return { type: 'revision', revision }
  if (revision > 0) await checkVersionReached(resource, resourceVersion)
  const state = await currentState(store, resource.prefix)
  return {
    type: 'state',
    state,
    initialEventsEnd: sendInitialEvents === true || isUnset(resourceVersion),
  }
}

// A watch that asks for nothing in particular is told where its first state ends, if it wants bookmarks.
function isUnset(resourceVersion: string): boolean {
  return resourceVersion === '' || resourceVersion === '0'
}

async function currentState(store: Store, resourcePrefix: string): Promise<CurrentState> {
  if (isLocal(store)) {
    const { revision, entries } = store.snapshot()
    return { revision, entries: (prefix) => values(entries.range({ prefix })) }
  }
  const { revision, entries } = await store.list(resourcePrefix)
  return { revision, entries: (prefix) => entries.filter(({ key }) => key.startsWith(prefix)) }
}

function isLocal(store: Store): store is LocalStore {
  return 'snapshot' in store
}

function* values<V>(pairs: Iterable<readonly [string, V]>): Generator<V> {
  for (const [, value] of pairs) yield value
}
