import { Uint, compareNumbers, isNumeric } from './number.ts'
import { Duration, Timestamp } from './time.ts'
import type { ListSemantics, Result, Value } from './value.ts'
import { CelError, ListValue, MapValue, OpaqueValue, OptionalValue, TypeValue } from './value.ts'

/**
 * CEL's equality: numbers by value whatever their type, values of different types are not equal, and lists of a schema
 * that are sets or maps compare without regard to order.
 */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return !Number.isNaN(a)
  if (typeof a !== 'object' || a === null || a instanceof Uint) {
    return isNumeric(a) && isNumeric(b) && compareNumbers(a, b) === 0
  }
  if (a instanceof ListValue) return b instanceof ListValue && equalLists(a, b)
  if (a instanceof MapValue) return b instanceof MapValue && equalMaps(a, b)
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0
  if (a instanceof Timestamp) return b instanceof Timestamp && a.ns === b.ns
  if (a instanceof Duration) return b instanceof Duration && a.ns === b.ns
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof OpaqueValue) {
    return b instanceof OpaqueValue && a.typeName === b.typeName && a.equals(b)
  }
  if (!(b instanceof OptionalValue)) return false
  if (a.value === undefined || b.value === undefined) return a.value === b.value
  return equal(a.value, b.value)
}

function equalLists(a: ListValue, b: ListValue): boolean {
  if (a.size !== b.size) return false
  const { semantics } = a
  if (semantics?.type === 'set') return coversSet(a, b) && coversSet(b, a)
  if (semantics?.type === 'map') return equalKeyed(a, b, semantics)
  for (let i = 0; i < a.size; i++) if (!equal(a.at(i), b.at(i))) return false
  return true
}

/** Whether each item of `b` is in `a`. */
function coversSet(a: ListValue, b: ListValue): boolean {
  const scalars = new Set<Value>()
  for (const item of a) scalars.add(item)
  for (const item of b) if (!scalars.has(item) && !includes(a, item)) return false
  return true
}

function equalKeyed(a: ListValue, b: ListValue, semantics: KeyedSemantics): boolean {
  const items = byKey(a, semantics)
  for (const item of b) {
    const other = items.get(keyOf(item, semantics))
    if (other === undefined || !equal(other, item)) return false
  }
  return true
}

type KeyedSemantics = Extract<ListSemantics, { type: 'map' }>

/** The items of a list under their keys. */
export function byKey(list: ListValue, semantics: KeyedSemantics): Map<string, Value> {
  return new Map([...list].map((item) => [keyOf(item, semantics), item]))
}

/** The values of the key fields of an item of a list with map semantics, as one text. */
export function keyOf(item: Value, { keys }: KeyedSemantics): string {
  if (!(item instanceof MapValue)) return ''
  return JSON.stringify(keys.map((key) => printable(item.get(key))))
}

function isValue(result: Result | undefined): result is Value {
  return result !== undefined && !(result instanceof CelError)
}

function printable(value: Result | undefined): unknown {
  return typeof value === 'bigint' ? ['int', String(value)] : (value ?? null)
}

function equalMaps(a: MapValue, b: MapValue): boolean {
  if (a.size !== b.size || a.typeName !== b.typeName) return false
  for (const key of a.keys()) {
    const [left, right] = [a.get(key), b.get(key)]
    if (!isValue(left) || !isValue(right) || !equal(left, right)) return false
  }
  return true
}

export function includes(list: ListValue, item: Value): boolean {
  for (let i = 0; i < list.size; i++) if (equal(list.at(i), item)) return true
  return false
}

/** Negative, zero or positive; undefined where the two cannot be ordered. NaN where one of them is NaN. */
export function compare(a: Value, b: Value): number | undefined {
  if (typeof a === 'string') return typeof b === 'string' ? compareText(a, b) : undefined
  if (isNumeric(a)) return isNumeric(b) ? compareNumbers(a, b) : undefined
  if (typeof a === 'boolean') return typeof b === 'boolean' ? Number(a) - Number(b) : undefined
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? compareBytes(a, b) : undefined
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.ns, b.ns)
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.ns, b.ns)
  return undefined
}

/** By code points, which for UTF-16 differs from JavaScript's order beyond the basic plane. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
