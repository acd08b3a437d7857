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

  /** The same for indexes that hold the same, and hardly ever for others. */
  digest(): string {
    let [sum, count] = [0, 0]
    for (const [value, keys] of this.#keys) {
      const basis = hash(value, 0)
      for (const key of keys) {
        // In whatever order they came.
        sum = (sum + hash(key, basis)) >>> 0
        count += 1
      }
    }
    return `${count} ${sum}`
  }

  #remove(key: string, value: string): void {
    const keys = this.#keys.get(value)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(value)
  }
}

function hash(text: string, basis: number): number {
  let value = basis ^ 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
