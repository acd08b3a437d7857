import type { StructType } from '../check/environment.ts'
import type { Type } from '../check/type.ts'
import * as types from '../check/type.ts'
import type { Value } from '../values/value.ts'
import { nativeValue } from './json-values.ts'

/**
 * The type of a variable: what the checker must know of it, how large it can get, and how its JSON becomes a value.
 * Made by `typesFromSchema()` or by the functions below.
 */
export interface DeclaredType {
  readonly type: Type
  /** Most code points, bytes, items or entries; 0 for what has no size. */
  readonly sizeMax: number
  /** Fewest bytes as JSON. */
  readonly bytesMin: number
  readonly key?: DeclaredType
  /** Of a list its items, of a map its values. */
  readonly item?: DeclaredType
  /** By the names that expressions use. */
  readonly fields?: ReadonlyMap<string, DeclaredType>
  /** Converts JSON, as far as it is looked at. */
  readonly toValue: (json: unknown) => Value
}

/** The types with fields among some declared ones, at whatever depth. */
export function structsOf(roots: Iterable<DeclaredType>): Map<string, StructType> {
  const found = new Map<string, StructType>()
  const visit = (declared: DeclaredType): void => {
    const { type, fields } = declared
    if (fields && found.has(type.name)) return
    if (fields) found.set(type.name, { field: (name) => fieldOf(declared, name)?.type })
    for (const field of fields?.values() ?? []) visit(field)
    if (declared.item) visit(declared.item)
  }
  for (const root of roots) visit(root)
  return found
}

/** A field by the name that an expression uses; words that the language reserves need no escaping. */
function fieldOf({ fields }: DeclaredType, name: string): DeclaredType | undefined {
  return fields?.get(name) ?? fields?.get(`__${name}__`)
}

export function scalar(type: Type, bytesMin = 1, sizeMax = 0): DeclaredType {
  return { type, sizeMax, bytesMin, toValue: nativeValue }
}

/** Anything: integers become int, other numbers double, objects maps. */
export const DYN: DeclaredType = scalar(types.DYN)
export const BOOL: DeclaredType = scalar(types.BOOL, 4)
export const INT: DeclaredType = {
  ...scalar(types.INT),
  toValue: (json) =>
    typeof json === 'number' && Number.isInteger(json) ? BigInt(json) : nativeValue(json),
}
export const DOUBLE: DeclaredType = {
  ...scalar(types.DOUBLE),
  toValue: (json) =>
    typeof json === 'bigint' ? Number(json) : typeof json === 'number' ? json : nativeValue(json),
}
