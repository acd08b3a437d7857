import { EMPTY_SET, LEAF, sortedNode, withMembership, type FieldSet } from './field-set.ts'
import { itemsByElement } from './list-items.ts'
import { fieldElement, type PathElement } from './path-element.ts'
import {
  isDeclared,
  isEmptyContainer,
  isObject,
  shapeOf,
  typeUnder,
  type ListSchema,
  type TypeSchema,
} from './type-schema.ts'

/** All that an object says: its leaves, the items of its lists, the keys of its maps. Throws `ItemError`. */
export function toFieldSet(type: TypeSchema, value: unknown): FieldSet {
  return nodeOf(type, value) ?? EMPTY_SET
}

/** Undefined where there is nothing to own. */
function nodeOf(type: TypeSchema, value: unknown): FieldSet | undefined {
  const shape = shapeOf(type, value)
  if (shape === 'leaf') return LEAF
  const below: Record<PathElement, FieldSet> = {}
  if (shape === 'list') addItems(below, type as ListSchema, value)
  else addKeys(below, type, value)
  return sortedNode(below, false)
}

function addItems(below: Record<PathElement, FieldSet>, type: ListSchema, list: unknown): void {
  for (const [element, items] of itemsByElement(type, list)) {
    const inner = items.length === 1 ? nodeOf(type.element(), items[0]) : LEAF
    below[element] = withMembership(inner, true)!
  }
}

function addKeys(below: Record<PathElement, FieldSet>, type: TypeSchema, value: unknown): void {
  if (!isObject(value)) return
  for (const key of Object.keys(value)) {
    const inner = typeUnder(type, key)
    if (!inner) continue
    const each = value[key]
    const node = nodeOf(inner, each)
    // A declared field is owned through what is below it, a key of a map by itself too.
    const isOwned =
      !isDeclared(type, key) || each === null || (isObject(each) && isEmptyContainer(each))
    const owned = isOwned ? withMembership(node, true) : node
    if (owned) below[fieldElement(key)] = owned
  }
}
