import type { ApiObject } from '../registry/api-object.ts'
import type { CacheEvent } from './event.ts'

/** The keys of objects by the value of one field, as of the last event that it was told. */
export class FieldIndex {
  readonly #valueOf: (object: ApiObject) => string
  readonly #keys = new Map<string, Set<string>>()

  constructor(valueOf: (object: ApiObject) => string) {
    this.#valueOf = valueOf
  }

  add(key: string, object: ApiObject): void {
    this.#keys.getOrInsertComputed(this.#valueOf(object), () => new Set()).add(key)
  }

  apply({ key, object, previous }: CacheEvent): void {
    const before = previous && this.#valueOf(previous.object)
    if (before !== undefined && object && this.#valueOf(object.object) === before) return
    if (before !== undefined) this.#remove(key, before)
    if (object) this.add(key, object.object)
  }

  /** In the order of the keys. */
  keys(value: string): readonly string[] {
    return [...(this.#keys.get(value) ?? [])].toSorted()
  }

  #remove(key: string, value: string): void {
    const keys = this.#keys.get(value)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(value)
  }
}
