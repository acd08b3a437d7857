import { EMPTY_SET, isMember, withMembership, type FieldSet } from './field-set.ts'
import { elementOf } from './list-items.ts'
import { fieldElement } from './path-element.ts'
import {
  isDeclared,
  isEmptyContainer,
  isObject,
  shapeOf,
  typeUnder,
  type ListSchema,
  type TypeSchema,
} from './type-schema.ts'

/**
 * The value without the fields and items of a set. What loses everything becomes null, and an atomic value that
 * something below was to be removed from does too, as in structured-merge-diff; decoding makes that absence.
 */
export function removeItems(type: TypeSchema, value: unknown, gone: FieldSet): unknown {
  const shape = shapeOf(type, value)
  if (shape === 'leaf') return isScalar(type, value) ? value : null
  if (isEmptyContainer(value)) return null
  return shape === 'list'
    ? removeFromList(type as ListSchema, value, gone)
    : removeFromMap(type, value, gone)
}

function isScalar(type: TypeSchema, value: unknown): boolean {
  return type.kind === 'scalar' || (type.kind === 'any' && typeof value !== 'object')
}

function removeFromList(type: ListSchema, list: unknown, gone: FieldSet): unknown {
  if (!Array.isArray(list)) return null
  const kept: unknown[] = []
  for (const item of list as unknown[]) {
    const node = gone[elementOf(type, item)]
    if (node === undefined) kept.push(item)
    else if (!isMember(node)) kept.push(removeItems(type.element(), item, node))
  }
  return kept.length > 0 ? kept : null
}

function removeFromMap(type: TypeSchema, value: unknown, gone: FieldSet): unknown {
  if (!isObject(value)) return null
  const kept: [string, unknown][] = []
  for (const key of Object.keys(value)) {
    const node = gone[fieldElement(key)]
    const inner = typeUnder(type, key)
    if (node === undefined || !inner) kept.push([key, value[key]])
    else if (!isMember(node)) kept.push([key, removeItems(inner, value[key], node)])
  }
  return kept.length > 0 ? Object.fromEntries(kept) : null
}

/**
 * The set with each declared field that leads to a member made a member itself: to own `spec.replicas` is to own `spec`,
 * so that removing all of a struct's fields removes the struct. Keys of maps and items of lists stay as they are.
 */
export function withNamedFields(type: TypeSchema, set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {}
  let isChanged = false
  for (const element of Object.keys(set)) {
    const node = set[element]!
    const after = element === '.' ? node : withNamedField(type, element, node)
    result[element] = after
    isChanged ||= after !== node
  }
  return isChanged ? result : set
}

function withNamedField(type: TypeSchema, element: string, node: FieldSet): FieldSet {
  const name = element.startsWith('f:') ? element.slice(2) : undefined
  const inner = innerType(type, name)
  const below = inner ? withNamedFields(inner, node) : node
  const isNamed = name !== undefined && isDeclared(type, name)
  return withMembership(below, isNamed || isMember(node)) ?? EMPTY_SET
}

function innerType(type: TypeSchema, name: string | undefined): TypeSchema | undefined {
  if (name !== undefined) return typeUnder(type, name)
  return type.kind === 'list' ? type.element() : undefined
}
