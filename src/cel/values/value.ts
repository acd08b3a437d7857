import type { Duration, Timestamp } from './time.ts'
import { Uint } from './number.ts'

/**
 * A value while an expression is evaluated. int is bigint and double is number, so that neither turns into the other;
 * everything else that JavaScript has no type for is a class below.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint
  | Uint8Array
  | Timestamp
  | Duration
  | TypeValue
  | OptionalValue
  | ListValue
  | MapValue
  | OpaqueValue

/** A value, or the error that stands in its place until something absorbs it. */
export type Result = Value | CelError

/** What went wrong, as a value: `true || error` is true. Never thrown. */
export class CelError {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

export const NO_SUCH_OVERLOAD = new CelError('no such overload')

/** A type as a value: `type(1) == int`. */
export class TypeValue {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** `optional.of(x)`, or `optional.none()` where it holds nothing. */
export class OptionalValue {
  readonly value: Value | undefined

  constructor(value: Value | undefined) {
    this.value = value
  }
}

export const NONE = new OptionalValue(undefined)

/** A value of a library, such as a quantity: it knows its type and when it equals another of that type. */
export abstract class OpaqueValue {
  abstract readonly typeName: string

  abstract equals(other: OpaqueValue): boolean
}

/** A list. Those from JSON convert an item when it is asked for. */
export abstract class ListValue {
  abstract readonly size: number
  /** Nothing is added to it any more. */
  readonly isFixed: boolean = false
  /** How many values there are in it, itself included, once somebody has counted what does not change. */
  nodes: number | undefined

  abstract at(index: number): Value

  /** Whether the items count as a set, or as a map by some of their fields; undefined for lists as usual. */
  get semantics(): ListSemantics | undefined {
    return undefined
  }

  *[Symbol.iterator](): Generator<Value> {
    for (let i = 0; i < this.size; i++) yield this.at(i)
  }
}

/** What `x-kubernetes-list-type` and `x-kubernetes-list-map-keys` say. */
export type ListSemantics =
  | { readonly type: 'set' }
  | { readonly type: 'map'; readonly keys: readonly string[] }

/** A map, or an object with fields. Those from JSON convert a value when it is asked for. */
export abstract class MapValue {
  abstract readonly size: number
  /** As of a list. */
  readonly isFixed: boolean = false
  nodes: number | undefined

  /** The name of the type of an object; undefined for a map. */
  get typeName(): string | undefined {
    return undefined
  }

  /** The value of a key, undefined where there is none; an error where the value could not be computed. */
  abstract get(key: Value): Result | undefined

  /** `key in map`. */
  has(key: Value): boolean {
    return this.get(key) !== undefined
  }

  /** `has(map.field)`: other than `in` where a map has an answer for keys that it does not list. */
  isPresent(field: string): boolean {
    return this.has(field)
  }

  abstract keys(): Iterable<Value>
}

/** A list of values at hand. */
export class ArrayList extends ListValue {
  readonly items: Value[]

  constructor(items: Value[]) {
    super()
    this.items = items
  }

  get size(): number {
    return this.items.length
  }

  at(index: number): Value {
    return this.items[index]!
  }
}

/** A list whose items are computed when asked for. */
export class ComputedList extends ListValue {
  readonly size: number
  readonly #item: (index: number) => Value

  constructor(size: number, item: (index: number) => Value) {
    super()
    this.size = size
    this.#item = item
  }

  at(index: number): Value {
    return this.#item(index)
  }
}

/** A map written in an expression. Keys that are equal numbers are one key. */
export class EntryMap extends MapValue {
  readonly #entries = new Map<MapKey, readonly [Value, Value]>()

  get size(): number {
    return this.#entries.size
  }

  get(key: Value): Value | undefined {
    const known = mapKey(key)
    return known === undefined ? undefined : this.#entries.get(known)?.[1]
  }

  *keys(): Generator<Value> {
    for (const [key] of this.#entries.values()) yield key
  }

  /** Adds an entry; false where the key is there already or can be no key. */
  insert(key: Value, value: Value): boolean {
    const known = mapKey(key)
    if (known === undefined || this.#entries.has(known)) return false
    this.#entries.set(known, [key, value])
    return true
  }
}

type MapKey = string | boolean | bigint

function mapKey(key: Value): MapKey | undefined {
  switch (typeof key) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return key
    case 'number':
      return Number.isInteger(key) ? BigInt(key) : undefined
    default:
      return key instanceof Uint ? key.value : undefined
  }
}
