import type { ResourceClass } from '../schema/resource.ts'
import type { ObjectKey } from './client.ts'
import { keyText } from './object-key.ts'

/** A named way to find the objects of a type. Made once by `indexBy()` and passed to every look-up: it is the key. */
export interface Index<T> {
  readonly type: ResourceClass<T>
  readonly name: string
  /** The values under which an object is found; none leaves it out. Must depend on the object alone. */
  valuesOf(object: T): readonly string[]
}

export function indexBy<T>(
  type: ResourceClass<T>,
  name: string,
  valuesOf: (object: T) => readonly string[],
): Index<T> {
  return { type, name, valuesOf }
}

/** What a cache holds, to read. Objects are frozen and shared. */
export interface CacheReader<T> {
  readonly size: number
  get(key: ObjectKey): T | undefined
  /** All objects, or those of a namespace. */
  list(namespace?: string): readonly T[]
  /** The objects that an index files under `value`. The first use of an index builds it, in O(n). */
  find(index: Index<T>, value: string): readonly T[]
  /** How many objects an index files under `value`, in O(1). */
  count(index: Index<T>, value: string): number
  /** Every value that the index has objects under. */
  valuesOf(index: Index<T>): readonly string[]
}

type Bucket<T> = Map<string, T>

/**
 * The objects of a collection by key, and filed under the values of indexes.
 *
 *     key      a/x → {…}, a/y → {…}, b/z → {…}
 *     index    spec.nodeName:  n1 → { a/x, b/z },  n2 → { a/y }
 */
export class ObjectCache<T> implements CacheReader<T> {
  readonly #objects: Bucket<T> = new Map()
  readonly #indexes = new Map<Index<T>, Map<string, Bucket<T>>>()
  readonly #byNamespace: Index<T>

  constructor(type: ResourceClass<T>) {
    this.#byNamespace = indexBy(type, 'namespace', (object) => {
      const { namespace } = metadataOf(object)
      return namespace === undefined ? [] : [namespace]
    })
    if (type.resource.namespaced) this.#indexes.set(this.#byNamespace, new Map())
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(keyText(key))
  }

  list(namespace?: string): readonly T[] {
    if (namespace === undefined) return [...this.#objects.values()]
    return this.find(this.#byNamespace, namespace)
  }

  find(index: Index<T>, value: string): readonly T[] {
    const bucket = this.#indexOf(index).get(value)
    return bucket ? [...bucket.values()] : []
  }

  count(index: Index<T>, value: string): number {
    return this.#indexOf(index).get(value)?.size ?? 0
  }

  valuesOf(index: Index<T>): readonly string[] {
    return [...this.#indexOf(index).keys()]
  }

  /** The keys of all objects, as text. */
  keys(): readonly string[] {
    return [...this.#objects.keys()]
  }

  /** Puts an object in the place of what has its key, and gives back what had. */
  put(object: T): T | undefined {
    const key = keyText(metadataOf(object))
    const before = this.#objects.get(key)
    this.#objects.set(key, object)
    for (const [index, buckets] of this.#indexes) refile(index, buckets, key, before, object)
    return before
  }

  /** Removes what has the key, and gives it back. */
  delete(key: string): T | undefined {
    const before = this.#objects.get(key)
    if (before === undefined) return undefined
    this.#objects.delete(key)
    for (const [index, buckets] of this.#indexes) refile(index, buckets, key, before, undefined)
    return before
  }

  #indexOf(index: Index<T>): Map<string, Bucket<T>> {
    const known = this.#indexes.get(index)
    if (known) return known
    const buckets = new Map<string, Bucket<T>>()
    for (const [key, object] of this.#objects) refile(index, buckets, key, undefined, object)
    this.#indexes.set(index, buckets)
    return buckets
  }
}

function refile<T>(
  index: Index<T>,
  buckets: Map<string, Bucket<T>>,
  key: string,
  before: T | undefined,
  after: T | undefined,
): void {
  const values = after === undefined ? [] : index.valuesOf(after)
  for (const value of before === undefined ? [] : index.valuesOf(before)) {
    if (values.includes(value)) continue
    const bucket = buckets.get(value)
    bucket?.delete(key)
    if (bucket?.size === 0) buckets.delete(value)
  }
  for (const value of values) {
    const bucket = buckets.get(value)
    if (bucket) bucket.set(key, after!)
    else buckets.set(value, new Map([[key, after!]]))
  }
}

/** The metadata that every object has. */
export function metadataOf(object: unknown): ObjectKey & {
  readonly uid: string
  readonly resourceVersion: string
} {
  return (object as { readonly metadata: ReturnType<typeof metadataOf> }).metadata
}
