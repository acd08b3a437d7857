import { formatValue } from '../go-format.ts'
import { isJsonObject, ownValue, withKey, withoutKey, type JsonObject } from './json-object.ts'
import { inOrder, type Identity } from './merge-order.ts'
import { PatchError } from './patch-error.ts'
import type { PatchField, PatchShape } from './patch-shape.ts'
import { checkRetained, retain, withoutDirectives } from './patch-directives.ts'

const DIRECTIVE = '$patch'
const RETAIN_KEYS = '$retainKeys'
const DELETE_FROM = '$deleteFromPrimitiveList/'
const ORDER_OF = '$setElementOrder/'

const ANY_FIELD: PatchField = { strategy: '', inner: { field: () => undefined } }

/**
 * Strategic merge patch: like a merge patch, but lists that are declared so are merged item by item, and directives in
 * the patch delete, replace and order. Neither argument is changed, and what the patch does not touch is shared.
 * Throws `PatchError`, in the words of k8s.io/apimachinery/pkg/util/strategicpatch, where the patch is malformed.
 * See https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
export function strategicMergePatch(
  shape: PatchShape,
  original: JsonObject,
  patch: JsonObject,
): JsonObject {
  const directive = ownValue(patch, DIRECTIVE)
  if (directive === 'replace') return withoutKey(patch, DIRECTIVE)
  if (directive === 'delete') return {}
  if (directive !== undefined) throw badPatchType(directive, patch)

  let merged = retainKeys(original, patch)
  const ordered = new Set<string>()
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ORDER_OF)) continue
    const name = key.slice(ORDER_OF.length)
    ordered.add(name)
    merged = mergeOrdered(shape, merged, patch, name, patch[key])
  }
  for (const key of Object.keys(patch)) {
    if (key === RETAIN_KEYS || key.startsWith(ORDER_OF) || ordered.has(key)) continue
    merged = key.startsWith(DELETE_FROM)
      ? deleteFromList(merged, key.slice(DELETE_FROM.length), patch[key])
      : mergeKey(shape, merged, key, patch[key])
  }
  return merged
}

function retainKeys(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = ownValue(patch, RETAIN_KEYS)
  if (keys === undefined) return original
  checkRetained(patch, keys, [DELETE_FROM, ORDER_OF, RETAIN_KEYS])
  return retain(original, keys as readonly unknown[])
}

function mergeKey(
  shape: PatchShape,
  original: JsonObject,
  key: string,
  change: unknown,
): JsonObject {
  if (change === null) return withoutKey(original, key)
  const before = ownValue(original, key)
  const field = shape.field(key) ?? ANY_FIELD
  if (isJsonObject(before) && isJsonObject(change)) {
    if (field.strategy === 'replace') return withKey(original, key, change)
    return withKey(original, key, strategicMergePatch(field.inner, before, change))
  }
  if (Array.isArray(before) && Array.isArray(change)) {
    const merged = field.strategy === 'merge' ? mergeLists(field, before, change) : change
    return withKey(original, key, merged)
  }
  const value = withoutDirectives(change)
  return value === undefined ? withoutKey(original, key) : withKey(original, key, value)
}

/** Removes values from a list of scalars. */
function deleteFromList(original: JsonObject, name: string, values: unknown): JsonObject {
  const before = ownValue(original, name)
  if (values === null) return withoutKey(original, name)
  if (!Array.isArray(before) || !Array.isArray(values)) return original
  const gone = new Set(values)
  return withKey(
    original,
    name,
    before.filter((each) => !gone.has(each)),
  )
}

/** Merges a list whose order the patch gives. */
function mergeOrdered(
  shape: PatchShape,
  original: JsonObject,
  patch: JsonObject,
  name: string,
  order: unknown,
): JsonObject {
  const field = shape.field(name) ?? ANY_FIELD
  const before = ownValue(original, name)
  const change = ownValue(patch, name)
  for (const list of [order, before ?? [], change ?? []]) {
    if (!Array.isArray(list)) throw badArgument('[]interface {}', list)
  }
  const wanted = order as readonly unknown[]
  const identity = identityOf(field)
  checkOrder(change as readonly unknown[] | undefined, wanted, identity)
  if (change === null) return withoutKey(original, name)

  const merged = mergeOptional(
    field,
    before as unknown[] | undefined,
    change as unknown[] | undefined,
  )
  if (merged === undefined) return original
  return withKey(original, name, inOrder(merged, wanted, (before ?? []) as unknown[], identity))
}

function mergeOptional(
  field: PatchField,
  before: readonly unknown[] | undefined,
  change: readonly unknown[] | undefined,
): readonly unknown[] | undefined {
  if (change === undefined) return before
  if (before === undefined) return withoutDirectives(change) as unknown[]
  return field.strategy === 'merge' ? mergeLists(field, before, change) : change
}

function mergeLists(
  field: PatchField,
  original: readonly unknown[],
  patch: readonly unknown[],
): readonly unknown[] {
  if (patch.length === 0) return original
  const type = itemType(original, patch)
  if (type !== 'map') {
    const merged = [...new Set([...original, ...patch])]
    return inOrder(merged, patch, original, (item) => item)
  }
  const key = field.mergeKey
  if (key === undefined) throw new PatchError('cannot merge lists without merge key for struct')
  const items = patch as readonly JsonObject[]
  const special = items.filter((item) => Object.hasOwn(item, DIRECTIVE))
  const changes = items.filter((item) => !Object.hasOwn(item, DIRECTIVE))
  const kept = deleteItems(original as readonly JsonObject[], special, key)
  if (special.some((item) => item[DIRECTIVE] === 'replace')) return changes
  return inOrder(mergeItems(field, kept, changes, key), changes, kept, identityOf(field))
}

function deleteItems(
  list: readonly JsonObject[],
  special: readonly JsonObject[],
  key: string,
): readonly JsonObject[] {
  const gone = new Set<unknown>()
  for (const item of special) {
    const directive = item[DIRECTIVE]
    if (directive === 'delete') gone.add(keyOf(item, key))
    else if (directive === 'merge') {
      throw new PatchError('merging lists cannot yet be specified in the patch')
    } else if (directive !== 'replace') throw badPatchType(directive, item)
  }
  return gone.size === 0 ? list : list.filter((item) => !gone.has(item[key]))
}

function mergeItems(
  field: PatchField,
  original: readonly JsonObject[],
  patch: readonly JsonObject[],
  key: string,
): readonly JsonObject[] {
  const merged = [...original]
  // The first of each key, as upstream finds it. Looked up: lists and patches may both have tens of thousands of items.
  const places = new Map(merged.map((item, i) => [item[key], i] as const).toReversed())
  for (const change of patch) {
    const value = keyOf(change, key)
    const at = places.get(value)
    if (at !== undefined) merged[at] = strategicMergePatch(field.inner, merged[at]!, change)
    else places.set(value, merged.push(withoutDirectives(change) as JsonObject) - 1)
  }
  return merged
}

function keyOf(item: JsonObject, key: string): unknown {
  const value = ownValue(item, key)
  if (value !== undefined) return value
  throw new PatchError(`map: ${formatValue(item)} does not contain declared merge key: ${key}`)
}

function identityOf({ mergeKey: key }: PatchField): Identity {
  if (key === undefined) return (item) => item
  return (item) => {
    if (!isJsonObject(item)) throw badArgument('map[string]interface {}', item)
    return keyOf(item, key)
  }
}

/** The items of a patch must come in the order that the patch itself asks for, and be named there. */
function checkOrder(
  patch: readonly unknown[] | undefined,
  order: readonly unknown[],
  identity: Identity,
): void {
  if (!patch || patch.length === 0 || order.length === 0) return
  const items = patch.filter((item) => !(isJsonObject(item) && Object.hasOwn(item, DIRECTIVE)))
  let next = 0
  for (const each of order) {
    if (next < items.length && identity(items[next]) === identity(each)) next += 1
  }
  if (next === items.length) return
  throw new PatchError(
    `The order in patch list:\n${formatValue(patch)}\n doesn't match $setElementOrder list:\n${formatValue(order)}\n`,
  )
}

function itemType(...lists: readonly (readonly unknown[])[]): string {
  const types = new Set(lists.flat().map(typeOf))
  if (types.has('slice')) throw new PatchError('lists of lists are not supported')
  if (types.size === 1) return [...types][0]!
  throw new PatchError(`list element types are not identical: ${formatValue(lists)}`)
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'slice'
  return isJsonObject(value) ? 'map' : typeof value
}

function badPatchType(directive: unknown, patch: JsonObject): PatchError {
  return new PatchError(
    `unknown patch type: ${formatValue(directive)} in map: ${formatValue(patch)}`,
  )
}

function badArgument(expected: string, actual: unknown): PatchError {
  const type = GO_TYPES[typeOf(actual)] ?? '<nil>'
  return new PatchError(`expected a ${expected}, but received a ${type}`)
}

const GO_TYPES: Readonly<Record<string, string>> = {
  slice: '[]interface {}',
  map: 'map[string]interface {}',
  string: 'string',
  number: 'int64',
  boolean: 'bool',
}
