import { keyElement, valueElement, type PathElement } from './path-element.ts'
import { isObject, type ListSchema, type TypeSchema } from './type-schema.ts'

/** A list's item has no identity, in the words of structured-merge-diff. */
export class ItemError extends Error {
  override readonly name = 'ItemError'
}

/** The path element of a list's item, by its keys or its value. Throws `ItemError`. */
export function elementOf(type: ListSchema, item: unknown): PathElement {
  return type.relation === 'map' ? keyedElement(type, item) : setElement(item)
}

function keyedElement(type: ListSchema, item: unknown): PathElement {
  if (item === null) throw new ItemError('associative list with keys may not have a null element')
  if (!isObject(item)) {
    throw new ItemError('associative list with keys may not have non-map elements')
  }
  const keys: Record<string, unknown> = {}
  let found = 0
  for (const name of type.keys) {
    const value = item[name] ?? keyDefault(type.element(), name)
    if (value === undefined) continue // An item without the key is another one than any with it.
    keys[name] = value
    found += 1
  }
  if (found > 0) return keyElement(keys)
  const names = `[${type.keys.map((each) => JSON.stringify(each)).join(' ')}]`
  throw new ItemError(
    `associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`,
  )
}

function keyDefault(type: TypeSchema, name: string): unknown {
  return type.kind === 'map' ? type.fields.get(name)?.default : undefined
}

function setElement(item: unknown): PathElement {
  if (item === null) {
    throw new ItemError("associative list without keys has an element that's an explicit null")
  }
  if (Array.isArray(item)) {
    throw new ItemError('not supported: associative list with lists as elements')
  }
  if (isObject(item)) {
    throw new ItemError("associative list without keys has an element that's a map type")
  }
  return valueElement(item)
}

/** The items of a list by their elements, in order of first appearance. Throws `ItemError`. */
export function itemsByElement(type: ListSchema, list: unknown): Map<PathElement, unknown[]> {
  const items = new Map<PathElement, unknown[]>()
  if (!Array.isArray(list)) return items
  for (const item of list as unknown[]) {
    const element = elementOf(type, item)
    const same = items.get(element)
    if (same) same.push(item)
    else items.set(element, [item])
  }
  return items
}
