import { createCatalog, type Catalog } from '../../client/catalog.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import type { Handlers } from '../../client/informer.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'
import type { ResourceClass } from '../../schema/resource.ts'

/**
 * Follows the objects of all types that there are, built in or custom, while those come and go. `handlersOf` tells what
 * to call for objects of a type; undefined leaves the type out.
 */
export function followCatalog(
  builtIn: readonly ResourceClass[],
  informers: SharedInformers,
  handlersOf: (type: ResourceClass<AnyObject>) => Handlers<AnyObject> | undefined,
): Catalog & Disposable {
  const catalog = createCatalog(builtIn, informers)
  const subscriptions = new Map<ResourceClass, Disposable>()
  const following = catalog.subscribe({
    add(type) {
      const handlers = handlersOf(type)
      if (handlers) subscriptions.set(type, informers.informer(type).subscribe(handlers))
    },
    remove(type) {
      const subscription = subscriptions.get(type)
      if (!subscription) return
      subscription[Symbol.dispose]()
      subscriptions.delete(type)
      void informers.stop(type)
    },
  })
  return {
    ...catalog,
    [Symbol.dispose]() {
      following[Symbol.dispose]()
      for (const each of subscriptions.values()) each[Symbol.dispose]()
      catalog[Symbol.dispose]()
    },
  }
}
