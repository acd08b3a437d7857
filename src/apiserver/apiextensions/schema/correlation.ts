import { equal } from '../../../apimachinery/equality.ts'
import { isObject, itemsOf, valuesOf, type Schema } from './schema.ts'

/** A value beside the one that it replaces, as far as the two belong together (KEP-4008). */
export class Correlation {
  readonly value: unknown
  readonly old: unknown
  readonly #schema: Schema
  #isUnchanged: boolean | undefined
  #oldItems: ReadonlyMap<string, unknown> | undefined

  constructor(schema: Schema, value: unknown, old: unknown) {
    this.#schema = schema
    this.value = value
    this.old = old
  }

  /** What is wrong with a value that did not change is not held against who changes another. */
  get isUnchanged(): boolean {
    return (this.#isUnchanged ??= equal(this.value, this.old))
  }

  /** What stands under a key in both; undefined where there is no telling. */
  key(name: string): Correlation | undefined {
    const { value, old } = this
    if (!isObject(value) || !isObject(old)) return undefined
    if (!Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined
    const schema = this.#schema.properties?.[name] ?? valuesOf(this.#schema)
    return schema && new Correlation(schema, value[name], old[name])
  }

  /** The item of a list and the old one with the same keys; only lists of type `map` tell. */
  index(i: number): Correlation | undefined {
    const items = itemsOf(this.#schema)
    const { value, old } = this
    if (!items || !Array.isArray(value) || !Array.isArray(old)) return undefined
    if (this.#schema['x-kubernetes-list-type'] !== 'map') return undefined
    this.#oldItems ??= byKeys(this.#schema, old)
    const key = keyOf(this.#schema, value[i])
    const before = key === undefined ? undefined : this.#oldItems.get(key)
    return before === undefined ? undefined : new Correlation(items, value[i], before)
  }
}

/** The items of a list of type `map` by what identifies them; of several alike the first. */
export function byKeys(schema: Schema, list: readonly unknown[]): ReadonlyMap<string, unknown> {
  const items = new Map<string, unknown>()
  for (const item of list) {
    const key = keyOf(schema, item)
    if (key !== undefined && !items.has(key)) items.set(key, item)
  }
  return items
}

/** What identifies an item of a list of type `map`; undefined where it is no object. */
export function keyOf(schema: Schema, item: unknown): string | undefined {
  if (!isObject(item)) return undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  return JSON.stringify(keys.map((name) => [name, scalar(item[name])]))
}

function scalar(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
