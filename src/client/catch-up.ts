import { abortable } from '../base/async.ts'
import type { ResourceClass } from '../schema/resource.ts'
import type { Client, ListParameters, ListResult } from './client.ts'
import type { Informer, Scope } from './informer.ts'
import { metadataOf } from './object-cache.ts'
import { keyText } from './object-key.ts'

const PAGE_SIZE = 500

export interface CatchUpOptions {
  readonly client: Client
  /** That of the informer. */
  readonly scope: Scope | undefined
  readonly signal?: AbortSignal
}

/**
 * Resolves once the cache of an informer shows all that a list says now. Where nothing has changed up to the version of
 * the list, nobody tells a watch so before the next bookmark: then it is enough that the cache has each object of the
 * list in that state or a later one, and none that was gone by then.
 */
export async function catchUp<T>(informer: Informer<T>, options: CatchUpOptions): Promise<void> {
  const listed = new Set<string>()
  let newest = '0'
  let version = ''
  for await (const { items, resourceVersion } of pages(informer.type, options)) {
    if (informer.hasSeen(resourceVersion)) return
    version = resourceVersion
    for (const metadata of items.map(metadataOf)) {
      listed.add(keyText(metadata))
      if (isNewer(metadata.resourceVersion, newest)) newest = metadata.resourceVersion
    }
  }
  const isAsListed = (object: T | undefined): boolean =>
    object === undefined || isNewer(metadataOf(object).resourceVersion, version)
  const gone = informer.cache
    .list()
    .map(metadataOf)
    .filter((metadata) => !listed.has(keyText(metadata)))
  using waits = new DisposableStack()
  const until = (wait: (callback: () => void) => Disposable): Promise<void> =>
    new Promise((resolve) => void waits.use(wait(resolve)))
  const shown = Promise.all([
    until((callback) => informer.whenSeen(newest, callback)),
    ...gone.map((key) => until((callback) => informer.whenObject(key, isAsListed, callback))),
  ])
  const told = until((callback) => informer.whenSeen(version, callback))
  await abortable(Promise.race([shown, told]), options.signal)
}

// Of one collection they grow, and can be compared as numbers (KEP-5504).
function isNewer(resourceVersion: string, than: string): boolean {
  return Number(resourceVersion) > Number(than)
}

async function* pages<T>(
  type: ResourceClass<T>,
  { client, scope, signal }: CatchUpOptions,
): AsyncGenerator<ListResult<T>> {
  const asked: ListParameters = { ...scope, limit: PAGE_SIZE, ...(signal && { signal }) }
  let page = await client.list(type, asked)
  yield page
  while (page.continue !== undefined) {
    page = await client.list(type, { ...asked, continue: page.continue })
    yield page
  }
}
