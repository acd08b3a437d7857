import { controllerOf, type OwnerReference } from '../apimachinery/owner-references.ts'
import { matches, type Selector } from '../apimachinery/labels.ts'
import type { ObjectKey } from '../client/client.ts'
import { indexBy, type CacheReader, type Index } from '../client/object-cache.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { ResourceClass } from '../schema/resource.ts'

interface Labelled {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly OwnerReference[]
    readonly namespace?: string
  }
}

/** Reads what the informers hold. Every type that is read must be one that the controller has named. */
export interface PassCache {
  get<T>(type: ResourceClass<T>, key: ObjectKey): T | undefined
  /** How many objects there are of a type, in O(1). */
  size(type: ResourceClass): number
  /** All objects, or those of a namespace, or those that a selector matches as well. */
  list<T>(type: ResourceClass<T>, where?: { namespace?: string; selector?: Selector }): readonly T[]
  /** The objects that an index files under `value`. */
  find<T>(index: Index<T>, value: string): readonly T[]
  /** How many objects an index files under `value`, in O(1). */
  count<T>(index: Index<T>, value: string): number
  /** Every value that an index has objects under. */
  valuesOf<T>(index: Index<T>): readonly string[]
  /** The objects whose managing owner is `owner`, by its uid. */
  controlledBy<T>(
    type: ResourceClass<T>,
    owner: { readonly metadata: { readonly uid: string } },
  ): readonly T[]
  /** The objects of a namespace that have no managing owner. */
  orphans<T>(type: ResourceClass<T>, namespace: string): readonly T[]
}

/** A type is read that the controller did not ask for: a bug. */
class NotCachedError extends Error {
  override readonly name = 'NotCachedError'

  constructor({ resource }: ResourceClass) {
    super(`Cannot read ${resource.plural} from the cache: the controller did not name them`)
  }
}

export function createPassCache(informers: SharedInformers): PassCache {
  const owners = new Map<ResourceClass, OwnerIndexes>()
  const cacheOf = <T>(type: ResourceClass<T>): CacheReader<T> => {
    const { group, version, plural } = type.resource
    const informer = informers.find({ group, version, resource: plural })
    if (!informer) throw new NotCachedError(type)
    // The informer of this resource holds objects of this type.
    return informer.cache as CacheReader<T>
  }
  const ownersOf = (type: ResourceClass): OwnerIndexes => {
    let indexes = owners.get(type)
    if (!indexes) owners.set(type, (indexes = ownerIndexes(type)))
    return indexes
  }

  return {
    get: (type, key) => cacheOf(type).get(key),
    size: (type) => cacheOf(type).size,
    list(type, { namespace, selector } = {}) {
      const objects = cacheOf(type).list(namespace)
      if (!selector) return objects
      return objects.filter((object) => matches(selector, (object as Labelled).metadata.labels))
    },
    find: (index, value) => cacheOf(index.type).find(index, value),
    count: (index, value) => cacheOf(index.type).count(index, value),
    valuesOf: (index) => cacheOf(index.type).valuesOf(index),
    controlledBy<T>(type: ResourceClass<T>, { metadata }: { metadata: { uid: string } }) {
      return cacheOf(type).find(ownersOf(type).byController as Index<T>, metadata.uid)
    },
    orphans<T>(type: ResourceClass<T>, namespace: string) {
      return cacheOf(type).find(ownersOf(type).orphans as Index<T>, namespace)
    },
  }
}

interface OwnerIndexes {
  readonly byController: Index<unknown>
  readonly orphans: Index<unknown>
}

function ownerIndexes(type: ResourceClass): OwnerIndexes {
  return {
    byController: indexBy(type, 'controller', (object) => {
      const owner = controllerOf(object as Labelled)
      return owner ? [owner.uid] : []
    }),
    orphans: indexBy(type, 'orphans', (object) => {
      const { namespace = '' } = (object as Labelled).metadata
      return controllerOf(object as Labelled) ? [] : [namespace]
    }),
  }
}
