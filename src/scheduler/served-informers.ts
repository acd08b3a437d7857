import { ObjectCache } from '../client/object-cache.ts'
import type { Informer } from '../client/informer.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { ResourceClass } from '../schema/resource.ts'

/**
 * The same informers where all kinds are served. Where some are not, such as `policy/v1` in a cluster that has switched
 * it off, theirs have nothing, so that nobody waits for what never comes. `served` tells what is; all where it is empty.
 */
export function servedInformers(
  informers: SharedInformers,
  served: readonly ResourceClass[],
): SharedInformers {
  if (served.length === 0) return informers
  const names = new Set(served.map(nameOf))
  return {
    ...informers,
    informer: (type, scope) =>
      names.has(nameOf(type)) ? informers.informer(type, scope) : emptyInformer(type),
  }
}

function nameOf({ resource: { group, version, plural } }: ResourceClass): string {
  return `${group}/${version}/${plural}`
}

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined }

function emptyInformer<T>(type: ResourceClass<T>): Informer<T> {
  return {
    type,
    cache: new ObjectCache(type),
    synced: true,
    subscribe: () => NOTHING,
    waitForSync: async () => undefined,
    hasSeen: () => true,
    whenSeen(_resourceVersion, callback) {
      callback()
      return NOTHING
    },
    catchUp: async () => undefined,
    whenObject(_key, holds, callback) {
      if (holds(undefined)) callback()
      return NOTHING
    },
  }
}
