import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import { compare, equal, includes } from '../values/equality.ts'
import { Uint } from '../values/number.ts'
import { Duration } from '../values/time.ts'
import { typeNameOf } from '../values/type-of.ts'
import type { Implementation } from '../check/overload.ts'
import type { Result, Value } from '../values/value.ts'
import { ArrayList, CelError, ComputedList, ListValue, NO_SUCH_OVERLOAD } from '../values/value.ts'
import { OPERATORS } from './operators.ts'

const add: Implementation = OPERATORS.find(({ id }) => id === 'add_int64')!.call

function isSorted(list: ListValue): Result {
  for (let i = 1; i < list.size; i++) {
    const comparison = compare(list.at(i - 1), list.at(i))
    if (comparison === undefined) return NO_SUCH_OVERLOAD
    if (comparison > 0) return false
  }
  return true
}

const sum =
  (zero: Value) =>
  (list: ListValue): Result => {
    let total: Result = list.size > 0 ? list.at(0) : zero
    for (let i = 1; i < list.size; i++) {
      total = add(total, list.at(i))
      if (total instanceof CelError) return total
    }
    return total
  }

const extreme =
  (name: 'min' | 'max', sign: number) =>
  (list: ListValue): Result => {
    if (list.size === 0) return new CelError(`${name} called on empty list`)
    let best = list.at(0)
    for (let i = 1; i < list.size; i++) {
      const item = list.at(i)
      const comparison = compare(item, best)
      if (comparison === undefined) return NO_SUCH_OVERLOAD
      if (comparison * sign > 0) best = item
    }
    return best
  }

function indexOf(list: ListValue, item: Value): bigint {
  for (let i = 0; i < list.size; i++) if (equal(list.at(i), item)) return BigInt(i)
  return -1n
}

function lastIndexOf(list: ListValue, item: Value): bigint {
  for (let i = list.size - 1; i >= 0; i--) if (equal(list.at(i), item)) return BigInt(i)
  return -1n
}

function slice(list: ListValue, start: bigint, end: bigint): Result {
  const call = `cannot slice(${start}, ${end})`
  if (start < 0n || end < 0n) return new CelError(`${call}, negative indexes not supported`)
  if (start > end) {
    return new CelError(`${call}, start index must be less than or equal to end index`)
  }
  if (list.size < end) return new CelError(`${call}, list is length ${list.size}`)
  const first = Number(start)
  return new ComputedList(Number(end) - first, (index) => list.at(first + index))
}

function flatten(list: ListValue, depth = 1n): Result {
  if (depth < 0n) return new CelError('level must be non-negative')
  const items: Value[] = []
  const visit = (nested: ListValue, left: bigint): void => {
    for (const item of nested) {
      if (item instanceof ListValue && left > 0n) visit(item, left - 1n)
      else items.push(item)
    }
  }
  visit(list, depth)
  return new ArrayList(items)
}

/** Beyond this no loop could go within any budget. */
const RANGE_MAX = 2 ** 31

function range(count: bigint): ComputedList {
  const size = Math.max(0, Math.min(Number(count), RANGE_MAX))
  return new ComputedList(size, (index) => BigInt(index))
}

function reverse(list: ListValue): ListValue {
  return new ComputedList(list.size, (index) => list.at(list.size - 1 - index))
}

function distinct(list: ListValue): ListValue {
  const scalars = new Set<Value>()
  const kept = new ArrayList([])
  for (const item of list) {
    if (scalars.has(item) || includes(kept, item)) continue
    if (typeof item !== 'object') scalars.add(item)
    kept.items.push(item)
  }
  return kept
}

function sortBy(list: ListValue, keys: ListValue): Result {
  const pairs = [...keys].map((key, index) => [key, list.at(index)] as const)
  const [first] = pairs
  if (!first) return list
  if (compare(first[0], first[0]) === undefined) {
    return new CelError('list elements must be comparable')
  }
  const type = typeNameOf(first[0])
  if (!pairs.every(([key]) => typeNameOf(key) === type)) {
    return new CelError('list elements must have the same type')
  }
  pairs.sort(([a], [b]) => compare(a, b) ?? 0)
  return new ArrayList(pairs.map(([, item]) => item))
}

const COMPARABLE = 'int uint double bool duration timestamp string bytes'.split(' ')
const ZEROS: Readonly<Record<string, Value>> = {
  int: 0n,
  uint: new Uint(0n),
  double: 0,
  duration: new Duration(0n),
}

const eachComparable = (make: (type: string) => Overload): Overload[] => COMPARABLE.map(make)

/** Kubernetes' list library, and cel-go's in the version that Kubernetes has. */
export const LISTS: readonly Overload[] = [
  ...eachComparable((type) =>
    method('isSorted', `list_${type}_is_sorted_bool`, `list(${type}) -> bool`, isSorted),
  ),
  ...Object.entries(ZEROS).map(([type, zero]) =>
    method('sum', `list_${type}_sum_${type}`, `list(${type}) -> ${type}`, sum(zero)),
  ),
  ...eachComparable((type) =>
    method('max', `list_${type}_max_${type}`, `list(${type}) -> ${type}`, extreme('max', 1)),
  ),
  ...eachComparable((type) =>
    method('min', `list_${type}_min_${type}`, `list(${type}) -> ${type}`, extreme('min', -1)),
  ),
  method('indexOf', 'list_a_index_of_int', 'list(A), A -> int', indexOf),
  method('lastIndexOf', 'list_a_last_index_of_int', 'list(A), A -> int', lastIndexOf),
  method('slice', 'list_slice', 'list(T), int, int -> list(T)', slice),
  method('flatten', 'list_flatten', 'list(list(T)) -> list(T)', flatten),
  method('flatten', 'list_flatten_int', 'list(dyn), int -> list(dyn)', flatten),
  fn('lists.range', 'lists_range', 'int -> list(int)', range),
  method('reverse', 'list_reverse', 'list(T) -> list(T)', reverse),
  method('distinct', 'list_distinct', 'list(T) -> list(T)', distinct),
  ...eachComparable((type) =>
    method('sort', `list_${type}_sort`, `list(${type}) -> list(${type})`, (list: ListValue) =>
      sortBy(list, list),
    ),
  ),
  ...eachComparable((type) =>
    method(
      '@sortByAssociatedKeys',
      `list_${type}_sortByAssociatedKeys`,
      `list(T), list(${type}) -> list(T)`,
      sortBy,
    ),
  ),
]

function containsAll(list: ListValue, items: ListValue): boolean {
  for (const item of items) if (!includes(list, item)) return false
  return true
}

function intersects(a: ListValue, b: ListValue): boolean {
  for (const item of a) if (includes(b, item)) return true
  return false
}

/** Lists taken as sets: https://pkg.go.dev/github.com/google/cel-go/ext#Sets. */
export const SETS: readonly Overload[] = [
  fn('sets.contains', 'list_sets_contains_list', 'list(T), list(T) -> bool', containsAll),
  fn(
    'sets.equivalent',
    'list_sets_equivalent_list',
    'list(T), list(T) -> bool',
    (a: ListValue, b: ListValue) => containsAll(a, b) && containsAll(b, a),
  ),
  fn('sets.intersects', 'list_sets_intersects_list', 'list(T), list(T) -> bool', intersects),
]
