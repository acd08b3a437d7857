/**
 * How server-side apply sees a type: what is a leaf, which lists have keys, what is replaced as a whole. Made from a
 * declaration or from the schema of a custom resource. Parts are functions, since a type may contain itself.
 */
export type TypeSchema = ScalarSchema | ListSchema | MapSchema | AnySchema

export interface ScalarSchema {
  readonly kind: 'scalar'
  readonly scalar: 'string' | 'numeric' | 'boolean' | 'untyped'
}

export interface ListSchema {
  readonly kind: 'list'
  /** `atomic` lists are replaced, the items of others are told apart by value or by keys. */
  readonly relation: 'atomic' | 'set' | 'map'
  /** For `map`: the fields that identify an item, sorted. */
  readonly keys: readonly string[]
  element(): TypeSchema
}

/** An object: with fields, or with any keys, or both. */
export interface MapSchema {
  readonly kind: 'map'
  readonly atomic: boolean
  readonly fields: ReadonlyMap<string, FieldSchema>
  /** The type of what is under other keys; absent where there must be none. */
  element?(): TypeSchema
}

export interface FieldSchema {
  type(): TypeSchema
  /** Stands in for a missing key of a list's item. */
  readonly default?: unknown
}

/** Anything: objects are merged key by key unless `atomic`, lists are replaced. */
export interface AnySchema {
  readonly kind: 'any'
  readonly atomic: boolean
}

export const ANY: AnySchema = { kind: 'any', atomic: false }
export const ANY_ATOMIC: AnySchema = { kind: 'any', atomic: true }

/** How a value is to be looked at, where its type alone does not say. */
export type Shape = 'leaf' | 'list' | 'map'

export function shapeOf(type: TypeSchema, value: unknown): Shape {
  switch (type.kind) {
    case 'scalar':
      return 'leaf'
    case 'list':
      return type.relation === 'atomic' ? 'leaf' : 'list'
    case 'map':
      return type.atomic ? 'leaf' : 'map'
    case 'any':
      return !type.atomic && isObject(value) ? 'map' : 'leaf'
    default:
      return type satisfies never
  }
}

/** The type under a key of an object; undefined where the schema has no such key. */
export function typeUnder(type: TypeSchema, key: string): TypeSchema | undefined {
  if (type.kind === 'any') return type
  if (type.kind !== 'map') return undefined
  return type.fields.get(key)?.type() ?? type.element?.()
}

export function isDeclared(type: TypeSchema, key: string): boolean {
  return type.kind === 'map' && type.fields.has(key)
}

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object or list without anything in it; null and absence count too. */
export function isEmptyContainer(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  for (const _ in value) return false
  return true
}
