import * as types from '../check/type.ts'
import type { Result, Value } from '../values/value.ts'
import { MapValue } from '../values/value.ts'
import type { DeclaredType } from './declared-type.ts'
import { scalar } from './declared-type.ts'
import { JsonList, JsonMap, JsonStruct, nativeValue } from './json-values.ts'
import { typesFromSchema } from './types-from-schema.ts'

export const STRING: DeclaredType = scalar(types.STRING, 2)
/** JSON text in RFC 3339 becomes a timestamp. */
export const TIMESTAMP: DeclaredType = typesFromSchema({ type: 'string', format: 'date-time' })!
/** The variable `authorizer`; its value is made by `authorizerValue()`. */
export const AUTHORIZER_TYPE: DeclaredType = scalar(
  types.struct('kubernetes.authorization.Authorizer'),
)
export const RESOURCE_CHECK_TYPE: DeclaredType = scalar(
  types.struct('kubernetes.authorization.ResourceCheck'),
)

/** An object with fields of declared types, under a name of its own. */
export function declareStruct(
  name: string,
  fields: Readonly<Record<string, DeclaredType>>,
): DeclaredType {
  const readers = new Map(
    Object.entries(fields).map(([field, type]) => [field, { name: field, convert: type.toValue }]),
  )
  return {
    type: types.struct(name),
    sizeMax: 0,
    bytesMin: 2,
    fields: new Map(Object.entries(fields)),
    toValue: (json) => (isObject(json) ? new JsonStruct(json, readers, name) : nativeValue(json)),
  }
}

export function declareList(item: DeclaredType): DeclaredType {
  return {
    ...scalar(types.listOf(item.type), 2, 2 ** 64),
    item,
    toValue: (json) => (Array.isArray(json) ? new JsonList(json, item.toValue) : nativeValue(json)),
  }
}

export function declareMap(item: DeclaredType): DeclaredType {
  return {
    ...scalar(types.mapOf(types.STRING, item.type), 2, 2 ** 64),
    key: STRING,
    item,
    toValue: (json) => (isObject(json) ? new JsonMap(json, item.toValue) : nativeValue(json)),
  }
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return (
    typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof MapValue)
  )
}

/**
 * A value whose fields are computed when first read, such as `variables` of an admission policy. `read` is asked once
 * for each field; an error it answers with is the result of whoever reads the field.
 */
export function lazyStruct(
  typeName: string,
  fields: readonly string[],
  read: (field: string) => Result,
): MapValue {
  return new LazyStruct(typeName, fields, read)
}

class LazyStruct extends MapValue {
  readonly #name: string
  readonly #fields: readonly string[]
  readonly #read: (field: string) => Result
  readonly #known = new Map<string, Result>()

  constructor(name: string, fields: readonly string[], read: (field: string) => Result) {
    super()
    this.#name = name
    this.#fields = fields
    this.#read = read
  }

  override get typeName(): string {
    return this.#name
  }

  get size(): number {
    return this.#fields.length
  }

  get(key: Value): Result | undefined {
    if (typeof key !== 'string' || !this.#fields.includes(key)) return undefined
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const value = this.#read(key)
    this.#known.set(key, value)
    return value
  }

  override has(key: Value): boolean {
    return typeof key === 'string' && this.#fields.includes(key)
  }

  keys(): Iterable<Value> {
    return this.#fields
  }
}
