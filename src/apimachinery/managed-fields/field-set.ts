import { compareElements, isElement, type PathElement } from './path-element.ts'

/**
 * A set of field paths, in the form of FieldsV1 itself, so that what managers own is never decoded: an object of path
 * elements, each with the set below it.
 *
 * Worked example: the paths `.spec`, `.spec.replicas` and `.data.a` are
 * `{"f:spec": {".": {}, "f:replicas": {}}, "f:data": {"f:a": {}}}`.
 * An empty node is a member and has nothing below; one with `.` is a member too; one with neither only leads to members.
 *
 * Sets are never changed. Operations share what stays the same, and give back an argument where nothing changes.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet
}

/** The node of a member without anything below. As a whole set, it is the empty one. */
export const LEAF: FieldSet = Object.freeze({})
export const EMPTY_SET: FieldSet = Object.freeze({})

const SELF = '.'

/** Whether a value that a client sent is a set. */
export function isFieldSet(value: unknown): value is FieldSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(([element, below]) => isElement(element) && isFieldSet(below))
}

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Whether a node below the root stands for a member itself. */
export function isMember(node: FieldSet): boolean {
  return SELF in node || isEmptySet(node)
}

/** The node with or without membership; undefined where nothing is left of it. */
export function withMembership(node: FieldSet | undefined, member: boolean): FieldSet | undefined {
  if (node === undefined || isEmptySet(node)) return member ? LEAF : undefined
  if (SELF in node === member) return node
  if (member) return { [SELF]: LEAF, ...node }
  const { [SELF]: _, ...rest } = node
  return isEmptySet(rest) ? undefined : rest
}

/** What is in either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a
  if (isEmptySet(a)) return b
  return change(a, b, (mine, theirs) => (mine === undefined ? theirs : unionNodes(mine, theirs)))
}

function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a
  return withMembership(union(a, b), isMember(a) || isMember(b))!
}

/** What is in `a` and not in `b`. Membership of a field says nothing of what is below it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return change(
    a,
    b,
    (mine, theirs) =>
      mine && withMembership(childrenDifference(mine, theirs), isMember(mine) && !isMember(theirs)),
  )
}

function childrenDifference(mine: FieldSet, theirs: FieldSet): FieldSet | undefined {
  const rest = difference(mine, theirs)
  // Only its own membership may be left, which is decided by the caller.
  return withMembership(rest, false)
}

/** What is in `a`, but neither in `b` nor below anything in it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return change(a, b, (mine, theirs) => {
    if (mine === undefined || isMember(theirs)) return undefined
    const rest = recursiveDifference(withMembership(mine, false) ?? EMPTY_SET, theirs)
    return withMembership(rest, isMember(mine))
  })
}

/** What is in both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const shared: Record<PathElement, FieldSet> = {}
  for (const element in b) {
    const mine = a[element]
    if (mine === undefined || element === SELF) continue
    const theirs = b[element]!
    const both = withMembership(intersection(mine, theirs), isMember(mine) && isMember(theirs))
    if (both) shared[element] = both
  }
  return shared
}

/** The members of a set in order: those of a level, then those below each. */
export function* membersOf(
  set: FieldSet,
  prefix: readonly PathElement[] = [],
): Generator<readonly PathElement[]> {
  const elements = Object.keys(set).filter((element) => element !== SELF)
  for (const element of elements) if (isMember(set[element]!)) yield [...prefix, element]
  for (const element of elements) yield* membersOf(set[element]!, [...prefix, element])
}

export function hasMember(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set
  for (const element of path) node = node?.[element]
  return node !== undefined && path.length > 0 && isMember(node)
}

/** The set of some paths. */
export function setOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  let set = EMPTY_SET
  for (const path of paths) {
    let node: FieldSet = LEAF
    for (const element of path.toReversed()) node = { [element]: node }
    set = union(set, node)
  }
  return set
}

/** The same node with its elements in order, and `.` where it is a member. Made once, when a set is built. */
export function sortedNode(
  children: Readonly<Record<PathElement, FieldSet>>,
  member: boolean,
): FieldSet | undefined {
  const elements = Object.keys(children)
  const order = isSorted(elements) ? elements : elements.toSorted(compareElements)
  if (order === elements && !member) return withMembership(children, false)
  if (elements.length === 0) return LEAF
  // In one go, since copies of large nodes are slow.
  const sorted: Record<PathElement, FieldSet> = member ? { [SELF]: LEAF } : {}
  for (const element of order) if (element !== SELF) sorted[element] = children[element]!
  return sorted
}

function isSorted(elements: readonly PathElement[]): boolean {
  for (let i = 1; i < elements.length; i++) {
    if (compareElements(elements[i - 1]!, elements[i]!) > 0) return false
  }
  return true
}

/** A copy of `a` where each element of `b` is changed as told; undefined removes it. */
function change(
  a: FieldSet,
  b: FieldSet,
  to: (mine: FieldSet | undefined, theirs: FieldSet) => FieldSet | undefined,
): FieldSet {
  let changed: Record<PathElement, FieldSet | undefined> | undefined
  let added = false
  for (const element in b) {
    if (element === SELF) continue
    const before = a[element]
    const after = to(before, b[element]!)
    if (after === before) continue
    changed ??= { ...a }
    changed[element] = after
    added ||= before === undefined
  }
  return changed ? compact(changed, added) : a
}

function compact(
  changed: Readonly<Record<PathElement, FieldSet | undefined>>,
  added: boolean,
): FieldSet {
  const elements = Object.keys(changed).filter((element) => changed[element] !== undefined)
  const result: Record<PathElement, FieldSet> = {}
  for (const element of added ? elements.toSorted(compareElements) : elements) {
    result[element] = changed[element]!
  }
  return result
}
