import { PATTERN_MAX } from '../library/regex.ts'
import { codePointCount, utf8Length } from '../values/text.ts'
import { nodeCount } from '../values/tree.ts'
import type { Value } from '../values/value.ts'
import { ListValue, MapValue, OpaqueValue, OptionalValue } from '../values/value.ts'

/** Of going through text once, per code point or byte. */
export const TRAVERSAL = 0.1
/** Of a regular expression, per code point of its text. */
export const REGEX = 0.25
/** Of asking the authorizer: room for two checks in one expression would be 700,000 of 10,000,000 units. */
export const CHECK_COST = 350_000
const LIST_COST = 10
const REQUIREMENT_COST = 50

type Cost = (args: readonly Value[]) => number

/** What a call costs, known before it happens; arguments include the target. As Kubernetes and cel-go count it. */
export function actualCost(name: string, overload: string): Cost {
  return BY_OVERLOAD.get(overload) ?? BY_FUNCTION.get(name) ?? one
}

/** Size as `size()` gives it; 1 for what has none. */
export function sizeOf(value: Value | undefined): number {
  if (typeof value === 'string') return codePointCount(value)
  if (value instanceof ListValue || value instanceof MapValue) return value.size
  if (value instanceof Uint8Array) return value.length
  if (value instanceof OptionalValue && value.value !== undefined) return sizeOf(value.value)
  return value instanceof OpaqueValue && 'size' in value ? Number(value.size) : 1
}

/** What parsing a label or field selector of some length costs. */
export function selectorCost(length: number): number {
  return (
    LIST_COST + Math.ceil(length * TRAVERSAL) + Math.ceil(Math.ceil(length / 2) * REQUIREMENT_COST)
  )
}

function one(): number {
  return 1
}

function traverse(argument: number, times = 1): Cost {
  return (args) => Math.ceil(sizeOf(args[argument]) * times * TRAVERSAL)
}

function smaller([a, b]: readonly Value[]): number {
  if (typeof a === 'bigint' || typeof a === 'number' || typeof a === 'boolean') return 1
  return Math.ceil(smallerSize(a!, b!) * TRAVERSAL)
}

/** The size of the smaller one, without counting through the longer one. */
function smallerSize(a: Value, b: Value): number {
  if (typeof a !== 'string' || typeof b !== 'string') return Math.min(sizeOf(a), sizeOf(b))
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  const size = sizeOf(short)
  return long.length / 2 >= size ? size : Math.min(size, sizeOf(long))
}

/** What Kubernetes does not charge for: it counts the items of a list, but not what is in them. */
const FREE_NODES = 20
/** Of counting a value, converting it and comparing it with another, as measured: a step of an expression is 1. */
const NODE_COST = 4

/**
 * The cost of what lies deep in a value, beyond what usual objects have. Kubernetes has no such cost. Without it a small
 * price would buy any amount of work: comparing lists of large objects, or lists that an expression has doubled.
 */
function depthCost(value: Value | undefined): number {
  if (!(value instanceof ListValue || value instanceof MapValue)) return 0
  return Math.max(0, nodeCount(value) - FREE_NODES) * NODE_COST
}

function equality(args: readonly Value[]): number {
  const [a, b] = args
  if (a instanceof OpaqueValue) return 1
  const isTree = a instanceof ListValue || a instanceof MapValue
  return smaller(args) + (isTree && sizeOf(a) === sizeOf(b) ? depthCost(a) : 0)
}

function concatenation([a, b]: readonly Value[]): number {
  if (a instanceof ListValue || typeof a !== typeof b) return 1
  const isSized = typeof a === 'string' || a instanceof Uint8Array
  return isSized ? Math.ceil((sizeOf(a) + sizeOf(b)) * TRAVERSAL) : 1
}

function product([a, b]: readonly Value[]): number {
  return Math.ceil(sizeOf(a) * TRAVERSAL) * Math.ceil(sizeOf(b) * TRAVERSAL)
}

/** Of compiling a pattern, per character, where that is done at each use. As measured. Kubernetes has no such cost. */
const COMPILE_COST = 10

function regex([text, pattern]: readonly Value[]): number {
  const matching = Math.ceil((1 + sizeOf(text)) * TRAVERSAL) * Math.ceil(sizeOf(pattern) * REGEX)
  const isKept = typeof pattern !== 'string' || pattern.length <= PATTERN_MAX
  return matching + (isKept ? 0 : pattern.length * COMPILE_COST)
}

/** Of reading an address, a URL or a version, beside going through its text. As measured. */
const PARSE_COST = 30

function parse([text]: readonly Value[]): number {
  return Math.ceil(sizeOf(text) * TRAVERSAL) + PARSE_COST
}

/** Each match is a search of its own, and there may be one for each code point. As measured. */
const MATCH_COST = 20

function allMatches(args: readonly Value[]): number {
  const [text, , limit] = args
  const most = typeof limit === 'bigint' && limit >= 0n ? Number(limit) : Infinity
  return regex(args) + Math.min(sizeOf(text), most) * MATCH_COST
}

function wholeTree([value]: readonly Value[]): number {
  const deep = depthCost(value)
  return deep === Infinity ? deep : treeCost(value) + deep
}

/** Of going through a value and all within it. */
function treeCost(value: unknown): number {
  if (typeof value === 'string') return Math.floor(utf8Length(value) * TRAVERSAL)
  if (value instanceof Uint8Array) return Math.floor(value.length * TRAVERSAL)
  let cost = 0
  if (value instanceof ListValue) {
    for (const item of value) cost += treeCost(item)
    return cost
  }
  if (!(value instanceof MapValue)) return 1
  for (const key of value.keys()) cost += treeCost(key) + treeCost(value.get(key))
  return cost
}

const containsIP: Cost = ([cidr, ip]) =>
  Math.ceil(sizeOf(cidr) * 2 * TRAVERSAL) +
  (typeof ip === 'string' ? Math.ceil(sizeOf(ip) * TRAVERSAL) : 0)

const containsCIDR: Cost = ([cidr, other]) =>
  Math.ceil(sizeOf(cidr) * 2 * TRAVERSAL) +
  Math.ceil(sizeOf(cidr) * TRAVERSAL) +
  1 +
  (typeof other === 'string' ? Math.ceil(sizeOf(other) * TRAVERSAL) : 0)

const validate: Cost = ([format, text]) => {
  const size = format instanceof OpaqueValue && 'regexSize' in format ? Number(format.regexSize) : 0
  return Math.ceil((1 + sizeOf(text)) * TRAVERSAL) * Math.ceil(size * REGEX)
}

/** A call that makes a list: the call, the list, and a share for each of `size` items. */
const allocate =
  (size: Cost): Cost =>
  (args) =>
    1 + LIST_COST + Math.floor(size(args))

/** Of comparing each item with each other. */
const pairs =
  (argument: number): Cost =>
  (args) => {
    const list = args[argument]
    const first = list instanceof ListValue && list.size > 0 ? list.at(0) : null
    const isText = typeof first === 'string' || first instanceof Uint8Array
    const size = sizeOf(list)
    return size ** 2 * (isText ? 2 + TRAVERSAL : 2) + size * depthCost(list)
  }

/** Of looking for each item of one list in another. */
const comparisons =
  (rounds: number): Cost =>
  ([a, b]) =>
    1 + sizeOf(a) * sizeOf(b) * rounds + Math.max(1, sizeOf(b)) * (depthCost(a) + depthCost(b))

const outputOfSlice: Cost = ([, start, end]) => Math.max(0, Number(end) - Number(start))

/** What is asked of a calendar, and digits beyond those that a double has, take long. As measured. */
const ZONE_COST = 200
const DIGITS_COST = 200

function ofTime(args: readonly Value[]): number {
  return args.length > 1 ? ZONE_COST : 1
}

function formatted([format, args]: readonly Value[]): number {
  const digits = typeof format === 'string' ? (format.match(/%\.\d\d/g) ?? []).length : 0
  return Math.ceil(sizeOf(format) * TRAVERSAL) + depthCost(args) + digits * DIGITS_COST
}

const BY_OVERLOAD: ReadonlyMap<string, Cost> = new Map<string, Cost>([
  ['in_list', ([, list]) => sizeOf(list) + depthCost(list)],
  ['string_to_bytes', traverse(0)],
  ['bytes_to_string', traverse(0)],
  ['cidr_ip', one],
  ['list_slice', allocate(outputOfSlice)],
  ['lists_range', allocate(([count]) => Math.max(0, Number(count)))],
  ['list_reverse', allocate(([list]) => sizeOf(list))],
  ['list_flatten', allocate(([list]) => flatSize(list, 1))],
  ['list_flatten_int', allocate(([list, depth]) => allFlatSize(list, Number(depth)))],
  ['list_distinct', allocate(pairs(0))],
  ...named('list_sets_contains_list list_sets_intersects_list', comparisons(1)),
  ['list_sets_equivalent_list', comparisons(2)],
])

function allFlatSize(list: Value | undefined, depth: number): number {
  return nodeCount(list) === Infinity ? Infinity : flatSize(list, depth)
}

/** Items of the list and of the lists within it, so that the result is paid for before it is made. */
function flatSize(value: Value | undefined, depth: number): number {
  if (!(value instanceof ListValue) || depth <= 0) return sizeOf(value)
  let size = value.size
  for (const item of value) if (item instanceof ListValue) size += flatSize(item, depth - 1)
  return size
}

/** Counting the keys of an object of JSON takes the time of looking at each. */
function sizeBeyond(size: number): number {
  return Math.max(0, Math.ceil((size - FREE_NODES) * TRAVERSAL))
}

const TIME_PARTS =
  'getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours getMinutes getSeconds getMilliseconds'

const BY_FUNCTION: ReadonlyMap<string, Cost> = new Map<string, Cost>([
  ...named('startsWith endsWith strings.quote', traverse(0)),
  ['format', formatted],
  ...named(TIME_PARTS, ofTime),
  ['size', ([value]) => 1 + (value instanceof MapValue ? sizeBeyond(value.size) : 0)],
  ...named('_==_ _!=_', equality),
  ...named('_<_ _<=_ _>_ _>=_', smaller),
  ['_+_', concatenation],
  ['contains', product],
  ...named('matches find', regex),
  ['findAll', allMatches],
  ['check', () => CHECK_COST],
  ...named('fieldSelector labelSelector', (args) => selectorCost(sizeOf(args[1]))),
  ...named('isSorted sum max min indexOf lastIndexOf includes', wholeTree),
  ...named('lowerAscii upperAscii substring trim jsonpatch.escapeKey', traverse(0)),
  ...named('cidr isCIDR ip isIP semver isSemver url isURL', parse),
  ...named('quantity isQuantity', traverse(0)),
  ...named('replace split ip.isCanonical', traverse(0, 2)),
  // By the list rather than the result: what joining costs has to be known before it is done.
  [
    'join',
    ([list, separator]) => Math.ceil(joinedSize(list, separator) * 2 * TRAVERSAL) + depthCost(list),
  ],
  ['containsIP', containsIP],
  ['containsCIDR', containsCIDR],
  ['validate', validate],
  ['sort', allocate(pairs(0))],
  ['@sortByAssociatedKeys', allocate(pairs(1))],
])

function joinedSize(list: Value | undefined, separator: Value | undefined): number {
  if (!(list instanceof ListValue)) return 0
  let size = Math.max(0, list.size - 1) * (typeof separator === 'string' ? sizeOf(separator) : 0)
  for (const item of list) size += sizeOf(item)
  return size
}

function named(names: string, cost: Cost): (readonly [string, Cost])[] {
  return names.split(' ').map((name) => [name, cost] as const)
}
