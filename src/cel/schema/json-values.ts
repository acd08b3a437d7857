import { Uint } from '../values/number.ts'
import { Duration, Timestamp, formatTimestamp } from '../values/time.ts'
import { formatDurationNs } from '../../schema/duration.ts'
import { nodeCount } from '../values/tree.ts'
import type { ListSemantics, Result, Value } from '../values/value.ts'
import {
  CelError,
  ListValue,
  MapValue,
  OpaqueValue,
  OptionalValue,
  TypeValue,
} from '../values/value.ts'

/** How the JSON below some point becomes values. */
export type Convert = (json: unknown) => Value

/** JSON that no schema describes; values pass as they are. */
export function nativeValue(json: unknown): Value {
  switch (typeof json) {
    case 'number':
      return Number.isInteger(json) ? BigInt(json) : json
    case 'string':
    case 'boolean':
    case 'bigint':
      return json
    case 'object':
      if (json === null || isValueObject(json)) return json
      return Array.isArray(json)
        ? new JsonList(json as unknown[], nativeValue)
        : new JsonMap(json as JsonObject, nativeValue)
    default:
      return null
  }
}

export type JsonObject = Readonly<Record<string, unknown>>

function isValueObject(json: object): json is Exclude<Value, null | string | number> & object {
  return (
    json instanceof MapValue ||
    json instanceof ListValue ||
    json instanceof OpaqueValue ||
    json instanceof OptionalValue ||
    json instanceof TypeValue ||
    json instanceof Timestamp ||
    json instanceof Duration ||
    json instanceof Uint ||
    json instanceof Uint8Array
  )
}

/** Values that were converted before, by what they are found under. Only what takes time to make is kept. */
class Converted<K> {
  #values: Map<K, Value> | undefined

  get(key: K, json: unknown, convert: Convert): Value {
    const known = this.#values?.get(key)
    if (known !== undefined) return known
    const value = convert(json)
    if (typeof value === 'object' && value !== null) (this.#values ??= new Map()).set(key, value)
    return value
  }
}

/** A list of JSON; an item is converted when it is first asked for. */
export class JsonList extends ListValue {
  override readonly isFixed = true
  readonly #converted = new Converted<number>()
  readonly #json: readonly unknown[]
  readonly #convert: Convert
  readonly #semantics: ListSemantics | undefined

  constructor(json: readonly unknown[], convert: Convert, semantics?: ListSemantics) {
    super()
    this.#json = json
    this.#convert = convert
    this.#semantics = semantics
  }

  get size(): number {
    return this.#json.length
  }

  override get semantics(): ListSemantics | undefined {
    return this.#semantics
  }

  at(index: number): Value {
    return this.#converted.get(index, this.#json[index], this.#convert)
  }
}

/** A JSON object as a map; a value is converted when it is first asked for. */
export class JsonMap extends MapValue {
  override readonly isFixed = true
  readonly #converted = new Converted<string>()
  readonly #json: JsonObject
  readonly #convert: Convert
  #keys: readonly string[] | undefined

  constructor(json: JsonObject, convert: Convert) {
    super()
    this.#json = json
    this.#convert = convert
  }

  get size(): number {
    return this.keys().length
  }

  get(key: Value): Result | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#json, key)) return undefined
    return this.#converted.get(key, this.#json[key], this.#convert)
  }

  override has(key: Value): boolean {
    return typeof key === 'string' && Object.hasOwn(this.#json, key)
  }

  keys(): readonly string[] {
    return (this.#keys ??= Object.keys(this.#json))
  }
}

/** What a field of an object is called in JSON, and how it becomes a value. */
export interface JsonField {
  readonly name: string
  readonly convert: Convert
}

const INHERITED: object = Object.prototype

/** A JSON object with the fields of a schema, by the names that expressions use. */
export class JsonStruct extends MapValue {
  override readonly isFixed = true
  readonly #converted = new Converted<string>()
  readonly #json: JsonObject
  readonly #fields: ReadonlyMap<string, JsonField>
  readonly #typeName: string
  #keys: readonly string[] | undefined

  constructor(json: JsonObject, fields: ReadonlyMap<string, JsonField>, typeName: string) {
    super()
    this.#json = json
    this.#fields = fields
    this.#typeName = typeName
  }

  override get typeName(): string {
    return this.#typeName
  }

  get size(): number {
    return this.keys().length
  }

  get(key: Value): Result | undefined {
    const field = this.#field(key)
    if (!field) return undefined
    const json = this.#json[field.name]
    // Most names cannot be inherited, and looking twice would cost as much as all the rest.
    if (json === undefined || (field.name in INHERITED && !Object.hasOwn(this.#json, field.name))) {
      return undefined
    }
    return this.#converted.get(field.name, json, field.convert)
  }

  override has(key: Value): boolean {
    const field = this.#field(key)
    return field !== undefined && Object.hasOwn(this.#json, field.name)
  }

  /** Fields that the schema does not describe count too where two objects are compared. */
  keys(): readonly string[] {
    return (this.#keys ??= this.#allKeys())
  }

  #allKeys(): readonly string[] {
    const described = new Set<string>()
    const keys: string[] = []
    for (const [escaped, { name }] of this.#fields) {
      described.add(name)
      if (Object.hasOwn(this.#json, name)) keys.push(escaped)
    }
    for (const name of Object.keys(this.#json)) if (!described.has(name)) keys.push(name)
    return keys
  }

  #field(key: Value): JsonField | undefined {
    if (typeof key !== 'string') return undefined
    const known = this.#fields.get(key) ?? this.#fields.get(`__${key}__`)
    return (
      known ?? (Object.hasOwn(this.#json, key) ? { name: key, convert: nativeValue } : undefined)
    )
  }
}

/**
 * A value as JSON: bytes in base64, timestamps and durations as text, optionals as what they hold or null. An error
 * where there is no JSON for it, such as a map whose keys are no text.
 */
export function toJson(value: Value): unknown {
  return nodeCount(value) === Infinity ? new CelError('value is too large') : jsonOf(value)
}

function jsonOf(value: Value): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint) return jsonOf(value.value)
  if (value instanceof ListValue) return listToJson(value)
  if (value instanceof MapValue) return mapToJson(value)
  if (value instanceof Uint8Array) return value.toBase64()
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatDurationNs(value.ns)
  if (value instanceof OptionalValue) return value.value === undefined ? null : jsonOf(value.value)
  const name = value instanceof TypeValue ? 'type' : value.typeName
  return new CelError(`unsupported conversion of ${name} to JSON`)
}

function listToJson(list: ListValue): unknown {
  const items: unknown[] = []
  for (const item of list) {
    const json = jsonOf(item)
    if (json instanceof CelError) return json
    items.push(json)
  }
  return items
}

function mapToJson(map: MapValue): unknown {
  const entries: [string, unknown][] = []
  for (const key of map.keys()) {
    if (typeof key !== 'string') return new CelError('map keys must be strings')
    const item = map.get(key) ?? null
    const json = item instanceof CelError ? item : jsonOf(item)
    if (json instanceof CelError) return json
    entries.push([key, json])
  }
  return Object.fromEntries(entries)
}
