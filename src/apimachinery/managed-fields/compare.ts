import { equal } from '../equality.ts'
import { EMPTY_SET, LEAF, sortedNode, withMembership, type FieldSet } from './field-set.ts'
import { itemsByElement } from './list-items.ts'
import { fieldElement, type PathElement } from './path-element.ts'
import {
  isEmptyContainer,
  isObject,
  shapeOf,
  typeUnder,
  type JsonObject,
  type ListSchema,
  type TypeSchema,
} from './type-schema.ts'

/** How one object differs from another. No path is in two of the sets. */
export interface Comparison {
  readonly added: FieldSet
  readonly removed: FieldSet
  readonly modified: FieldSet
}

type Change = keyof Comparison
type Differences = { [change in Change]?: FieldSet | undefined }

/**
 * Compares two objects of a type: leaves by value, lists with keys item by item. What both share by reference costs
 * nothing. Throws `ItemError` where a list's item has no identity.
 */
export function compare(type: TypeSchema, left: unknown, right: unknown): Comparison {
  const found = compareAt(type, left, right)
  return {
    added: found?.added ?? EMPTY_SET,
    removed: found?.removed ?? EMPTY_SET,
    modified: found?.modified ?? EMPTY_SET,
  }
}

/** Undefined stands for absence on one side. */
function compareAt(type: TypeSchema, left: unknown, right: unknown): Differences | undefined {
  if (left === right) return undefined
  const shape = shapeOf(type, right ?? left)
  if (left !== undefined && right !== undefined && type.kind === 'any') {
    const before = shapeOf(type, left)
    if (before !== shape) {
      // Null has nothing below, but is there.
      const gone = before === 'leaf' ? undefined : compareShape(before, type, left, null)
      const come = shape === 'leaf' ? undefined : compareShape(shape, type, null, right)
      return { removed: gone?.removed, added: come?.added, modified: LEAF }
    }
  }
  return compareShape(shape, type, left, right)
}

function compareShape(
  shape: 'leaf' | 'list' | 'map',
  type: TypeSchema,
  left: unknown,
  right: unknown,
): Differences | undefined {
  // Where both are empty they are compared as leaves, which tells null from nothing.
  if (shape === 'leaf' || (isEmptyContainer(left) && isEmptyContainer(right))) {
    return compareLeaves(left, right)
  }
  const changes = new Changes()
  if (shape === 'list') compareLists(changes, type as ListSchema, left, right)
  else compareMaps(changes, type, isObject(left) ? left : {}, isObject(right) ? right : {})
  return changes.finished(left === undefined, right === undefined)
}

function compareLeaves(left: unknown, right: unknown): Differences | undefined {
  if (left === undefined) return { added: LEAF }
  if (right === undefined) return { removed: LEAF }
  return equal(left, right) ? undefined : { modified: LEAF }
}

function compareMaps(
  changes: Changes,
  type: TypeSchema,
  left: JsonObject,
  right: JsonObject,
): void {
  for (const key in right) {
    const before = Object.hasOwn(left, key) ? left[key] : undefined
    if (before === right[key]) continue
    const inner = typeUnder(type, key)
    if (inner) changes.add(fieldElement(key), compareAt(inner, before, right[key]))
  }
  for (const key in left) {
    if (Object.hasOwn(right, key)) continue
    const inner = typeUnder(type, key)
    if (inner) changes.add(fieldElement(key), compareAt(inner, left[key], undefined))
  }
}

function compareLists(changes: Changes, type: ListSchema, left: unknown, right: unknown): void {
  const before = itemsByElement(type, left)
  const after = itemsByElement(type, right)
  const inner = type.element()
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    const [l, r] = [before.get(element) ?? [], after.get(element) ?? []]
    if (l.length < 2 && r.length < 2) changes.add(element, compareAt(inner, l[0], r[0]))
    else compareDuplicates(changes, inner, element, l, r)
  }
}

// Items that share an identity are compared as one leaf.
function compareDuplicates(
  changes: Changes,
  type: TypeSchema,
  element: PathElement,
  left: readonly unknown[],
  right: readonly unknown[],
): void {
  if (left.length > 1 && right.length > 1) {
    if (!equal(left, right)) changes.add(element, { modified: LEAF })
  } else if (left.length > 1) {
    const single = right.length > 0 ? compareAt(type, undefined, right[0]) : undefined
    changes.add(element, { ...single, removed: LEAF })
  } else {
    const single = left.length > 0 ? compareAt(type, left[0], undefined) : undefined
    changes.add(element, { ...single, added: LEAF })
  }
}

/** Gathers what changed below one place. */
class Changes {
  readonly #below: { [change in Change]?: Record<PathElement, FieldSet> } = {}

  add(element: PathElement, differences: Differences | undefined): void {
    if (differences === undefined) return
    for (const change of CHANGES) {
      const node = differences[change]
      if (node !== undefined) (this.#below[change] ??= {})[element] = node
    }
  }

  finished(isAdded: boolean, isRemoved: boolean): Differences | undefined {
    const { added, removed, modified } = this.#below
    if (!added && !removed && !modified && !isAdded && !isRemoved) return undefined
    return {
      added: node(added, isAdded),
      removed: node(removed, isRemoved),
      modified: node(modified, false),
    }
  }
}

const CHANGES: readonly Change[] = ['added', 'removed', 'modified']

function node(
  below: Readonly<Record<PathElement, FieldSet>> | undefined,
  member: boolean,
): FieldSet | undefined {
  return below ? sortedNode(below, member) : withMembership(undefined, member)
}
