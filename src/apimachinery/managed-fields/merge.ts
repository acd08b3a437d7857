import { elementOf, itemsByElement } from './list-items.ts'
import type { PathElement } from './path-element.ts'
import {
  isEmptyContainer,
  isObject,
  shapeOf,
  typeUnder,
  type JsonObject,
  type ListSchema,
  type TypeSchema,
} from './type-schema.ts'

/**
 * Merges what is applied into the live object: leaves of the applied one win, nothing is removed. Lists with keys are
 * merged item by item and take the order of the applied ones. What does not change is shared. Throws `ItemError`.
 */
export function merge(type: TypeSchema, live: unknown, applied: unknown): unknown {
  if (applied === undefined || applied === live) return live
  if (live === undefined) return applied
  if (applied === null && shapeOf(type, live) !== 'leaf')
    return isEmptyContainer(live) ? null : live
  if (shapeOf(type, applied) === 'leaf') return applied
  if (shapeOf(type, live) !== shapeOf(type, applied)) return applied
  if (isEmptyContainer(live) && isEmptyContainer(applied)) return applied
  if (type.kind === 'list') return mergeLists(type, live, applied)
  return mergeMaps(type, isObject(live) ? live : {}, isObject(applied) ? applied : {})
}

function mergeMaps(type: TypeSchema, live: JsonObject, applied: JsonObject): JsonObject {
  const changes: [string, unknown][] = []
  for (const key of Object.keys(applied)) {
    const before = Object.hasOwn(live, key) ? live[key] : undefined
    const inner = typeUnder(type, key)
    const after = inner ? merge(inner, before, applied[key]) : applied[key]
    if (after !== before) changes.push([key, after])
  }
  // Made from entries, since `__proto__` is a legal key.
  return changes.length === 0 ? live : { ...live, ...Object.fromEntries(changes) }
}

function mergeLists(type: ListSchema, live: unknown, applied: unknown): unknown {
  const left = (Array.isArray(live) ? live : []) as readonly unknown[]
  const before = itemsByElement(type, left)
  const after = itemsByElement(type, applied)
  const inner = type.element()
  const elements = left.map((item) => elementOf(type, item))
  const merged = mergedOrder(elements, [...after.keys()]).map((place) => {
    if (typeof place === 'number') return left[place]
    const mine = before.get(place) ?? []
    const theirs = after.get(place)![0]
    // Items that share an identity are replaced by the one applied.
    return mine.length === 1 ? merge(inner, mine[0], theirs) : theirs
  })
  const isSame = merged.length === left.length && merged.every((item, i) => item === left[i])
  return isSame ? live : merged
}

/**
 * The order of a merged list: applied items as they are applied, named by their elements; between them live items that
 * are not applied, named by their places, after those that they follow in the live list.
 *
 * Worked example: live `a b c`, applied `c x a` gives `b c x a`: when `a` comes up, the order of the applied ones asks
 * for `c` first, so `a` waits and `b` takes its turn.
 */
function mergedOrder(
  left: readonly PathElement[],
  right: readonly PathElement[],
): (number | PathElement)[] {
  const [live, applied] = [new Set(left), new Set(right)]
  const shared = right.filter((element) => live.has(element))
  const done = new Set<PathElement>()
  const order: (number | PathElement)[] = []
  let [l, r, next] = [0, 0, 0]
  while (l < left.length || r < right.length) {
    const element = left[l]
    if (element !== undefined && r < right.length && element !== right[r]) {
      if (applied.has(element) && next < shared.length && shared[next] !== element) {
        l += 1
        continue
      }
    }
    if (element !== undefined && !applied.has(element)) {
      order.push(l++)
      continue
    }
    if (element !== undefined && (element === right[r] || done.has(element))) l += 1
    const taken = right[r]
    if (taken === undefined) continue
    order.push(taken)
    done.add(taken)
    if (taken === shared[next]) next += 1
    r += 1
  }
  return order
}
