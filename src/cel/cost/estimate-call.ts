import type { Type } from '../check/type.ts'
import type { Expr } from '../syntax/ast.ts'
import { CHECK_COST, REGEX, TRAVERSAL } from './actual.ts'
import type { Range } from './range.ts'
import { ONE, UNKNOWN, UNLIMITED, ZERO, fixed, plus, scaled, times } from './range.ts'

/** An operand of a call, as far as estimates look at it. */
export interface Operand {
  readonly expr: Expr
  readonly type: Type
  /** Undefined where nothing is known. */
  readonly size: Range | undefined
  /** Of a list: how large its items can be. */
  itemSize(): Range | undefined
}

/** What a call costs apart from its operands, and how large its result can be. */
export interface CallEstimate {
  readonly cost: Range
  readonly size?: Range | undefined
}

type Estimate = (
  target: Operand | undefined,
  args: readonly Operand[],
  overload: string,
) => CallEstimate | undefined

/** Estimates one call, by Kubernetes' rules where it has one for the function and by cel-go's else. */
export function estimateCall(
  name: string,
  overload: string,
  target: Operand | undefined,
  args: readonly Operand[],
): CallEstimate {
  const found = BY_OVERLOAD.get(overload) ?? BY_FUNCTION.get(name)
  return found?.(target, args, overload) ?? { cost: ONE }
}

function size(operand: Operand | undefined): Range {
  return operand?.size ?? UNKNOWN
}

/** Goes through the target, or the first argument where there is no target. */
const traverse =
  (factor = 1): Estimate =>
  (target, args) => ({ cost: scaled(size(target ?? args[0]), factor * TRAVERSAL) })

const transform: Estimate = (target, args) => {
  const subject = size(target ?? args[0])
  return { cost: scaled(subject, TRAVERSAL), size: subject }
}

const nominal: Estimate = () => ({ cost: ONE })

const equality: Estimate = (_, [a, b]) => {
  if (a && b && isLibraryType(a.type) && a.type.name === b.type.name) {
    return { cost: libraryEquality(b) }
  }
  const max = Math.min(size(a).max, size(b).max)
  return { cost: scaled({ min: max > 0 ? 1 : 0, max }, TRAVERSAL) }
}

const FORMAT_NAME_MAX = 64

/** Two formats compare by name and two URLs by text; all others at once. */
function libraryEquality({ type, size }: Operand): Range {
  const max = type.name === 'kubernetes.NamedFormat' ? FORMAT_NAME_MAX : (size?.max ?? 1)
  const isText = type.name === 'kubernetes.NamedFormat' || type.name === 'kubernetes.URL'
  return isText ? scaled({ min: 1, max }, TRAVERSAL) : ONE
}

function isLibraryType({ kind, name }: Type): boolean {
  return (
    (kind === 'struct' && name.startsWith('kubernetes.')) ||
    (kind === 'opaque' && name.startsWith('net.'))
  )
}

const order: Estimate = (_, [a, b], overload) =>
  /_(?:string|bytes)$/.test(overload) ? equality(undefined, [a!, b!], overload) : { cost: ONE }

const regex: Estimate = (target, args) => {
  const [text, pattern] = target ? [target, args[0]] : [args[0], args[1]]
  const cost = times(scaled(plus(size(text), ONE), TRAVERSAL), scaled(size(pattern), REGEX))
  return { cost, size: { min: 0, max: size(text).max } }
}

const contains: Estimate = (target, [part]) => ({
  cost: times(scaled(size(target), TRAVERSAL), scaled(size(part), TRAVERSAL)),
})

const concatenate: Estimate = (_, [a, b], overload) => {
  const joined = plus(size(a), size(b))
  return { cost: overload === 'add_list' ? ONE : scaled(joined, TRAVERSAL), size: joined }
}

/** Functions that look at each item of a list, or search a text. */
const eachItem: Estimate = (target) => {
  if (!target) return undefined
  const item = target.type.params[0]
  if (!item) return { cost: scaled(size(target), TRAVERSAL) }
  const isText = item.kind === 'string' || item.kind === 'bytes'
  const text = isText ? scaled(target.itemSize() ?? UNKNOWN, TRAVERSAL) : ZERO
  return { cost: times(size(target), plus(ONE, text)) }
}

const replace: Estimate = (target, [from, to]) => {
  const [text, old, fresh] = [size(target), size(from), size(to)]
  const most = longestReplacement(text.max, old.min, fresh.max)
  const least = shortestReplacement(text.min, old.max, fresh.min)
  const count = { min: least.count, max: most.count }
  const kept = { min: least.kept, max: most.kept }
  return { cost: scaled(text, 2 * TRAVERSAL), size: plus(times(count, fresh), kept) }
}

function longestReplacement(text: number, old: number, fresh: number) {
  if (old === 0) return { count: Math.min(text + 1, UNLIMITED), kept: text }
  if (fresh <= old) return { count: 0, kept: text }
  return { count: Math.ceil(text / old), kept: 0 }
}

function shortestReplacement(text: number, old: number, fresh: number) {
  if (old === 0) return { count: Math.min(text + 1, UNLIMITED), kept: text }
  if (old <= fresh) return { count: 0, kept: text }
  return { count: Math.ceil(text / old), kept: 0 }
}

const split: Estimate = (target, [, limit]) => {
  const text = size(target)
  const most = literalInt(limit) ?? text.max
  return { cost: scaled(text, 2 * TRAVERSAL), size: { min: 0, max: most < 0 ? UNLIMITED : most } }
}

const join: Estimate = (target, [separator]) => {
  const list = size(target)
  const items = target?.type.params[0] ? times(list, target.itemSize() ?? UNKNOWN) : ZERO
  const gaps = { min: Math.max(0, list.min - 1), max: Math.max(0, list.max - 1) }
  const joined = separator ? plus(items, times(size(separator), gaps)) : items
  return { cost: scaled(joined, TRAVERSAL), size: joined }
}

const ADDRESS: Range = { min: 4, max: 16 }

const containsIP: Estimate = (_, [other], overload) => {
  const compared = scaled(plus(ADDRESS, ADDRESS), TRAVERSAL)
  const parsed = overload.endsWith('_string') ? scaled(size(other), TRAVERSAL) : ZERO
  return { cost: plus(compared, parsed) }
}

const containsCIDR: Estimate = (target, args, overload) => {
  const masked = plus(scaled(ADDRESS, TRAVERSAL), ONE)
  return { cost: plus(containsIP(target, args, overload)!.cost, masked) }
}

const FORMAT_REGEX_MAX = 128

const validate: Estimate = (_, [text]) => ({
  cost: scaled(scaled(size(text), TRAVERSAL), FORMAT_REGEX_MAX * REGEX),
})

const selector: Estimate = (_, [text]) => {
  const length = size(text)
  const requirements = scaled(scaled(length, 0.5), 50)
  return { cost: plus(fixed(10), scaled(length, TRAVERSAL), requirements) }
}

function allocation(factor: number, items: Range): CallEstimate {
  return { cost: plus(scaled(items, factor), fixed(11)), size: items }
}

const pairs =
  (of: 'target' | 'argument'): Estimate =>
  (target, args) => {
    const list = of === 'target' ? target : args[0]
    const kind = list?.type.params[0]?.kind
    const factor = kind === 'string' || kind === 'bytes' ? 2 + TRAVERSAL : 2
    return allocation(factor, times(size(list), size(list)))
  }

const comparisons =
  (rounds: number): Estimate =>
  (_, [a, b]) => ({ cost: plus(scaled(times(size(a), size(b)), rounds), ONE) })

const slice: Estimate = (target, [start, end]) => {
  const from = Math.max(0, literalInt(start) ?? 0)
  const to = Math.max(0, literalInt(end) ?? size(target).max)
  return allocation(1, fixed(Math.max(0, to - from)))
}

const flatten: Estimate = (target, [depth]) =>
  allocation(depth ? (literalInt(depth) ?? UNLIMITED) : 1, size(target))

function literalInt(operand: Operand | undefined): number | undefined {
  const expr = operand?.expr
  return expr?.kind === 'literal' && typeof expr.value === 'bigint' ? Number(expr.value) : undefined
}

function named(names: string, estimate: Estimate): (readonly [string, Estimate])[] {
  return names.split(' ').map((name) => [name, estimate] as const)
}

const BY_OVERLOAD: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ['in_list', (_, [, list]) => ({ cost: size(list) })],
  ...named('add_string add_bytes add_list', concatenate),
  [
    'string_to_bytes',
    (_, [text]) => {
      const { min, max } = size(text)
      return { cost: scaled(size(text), TRAVERSAL), size: { min, max: max * 4 } }
    },
  ],
  [
    'bytes_to_string',
    (_, [bytes]) => {
      const { min, max } = size(bytes)
      return { cost: scaled(size(bytes), TRAVERSAL), size: { min: Math.floor(min / 4), max } }
    },
  ],
  ['cidr_ip', nominal],
  ['list_slice', slice],
  ['list_flatten', flatten],
  ['list_flatten_int', flatten],
  ['lists_range', (_, [count]) => allocation(1, fixed(literalInt(count) ?? UNLIMITED))],
  ...named('list_sets_contains_list list_sets_intersects_list', comparisons(1)),
  ['list_sets_equivalent_list', comparisons(2)],
  ['list_reverse', (target) => allocation(1, size(target))],
  ['list_distinct', (target) => allocation(2, times(size(target), size(target)))],
])

const BY_FUNCTION: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ...named('_==_ _!=_', equality),
  ...named('_<_ _<=_ _>_ _>=_', order),
  ...named('startsWith endsWith', (_, [part]) => ({ cost: scaled(size(part), TRAVERSAL) })),
  ['format', traverse()],
  [
    'strings.quote',
    (_, [text]) => {
      const { min, max } = size(text)
      return { cost: scaled(size(text), TRAVERSAL), size: { min: min + 2, max: max * 2 + 2 } }
    },
  ],
  ['contains', contains],
  ...named('matches find findAll', regex),
  ['check', () => ({ cost: fixed(CHECK_COST) })],
  ...named('fieldSelector labelSelector', selector),
  ...named('isSorted sum max min indexOf lastIndexOf includes', eachItem),
  ...named('url jsonpatch.escapeKey lowerAscii upperAscii substring trim', transform),
  ['replace', replace],
  ['split', split],
  ['join', join],
  ...named('cidr isIP isCIDR ip quantity isQuantity semver isSemver', traverse()),
  ['ip.isCanonical', traverse(2)],
  ['containsIP', containsIP],
  ['containsCIDR', containsCIDR],
  ['validate', validate],
  ['sort', pairs('target')],
  ['@sortByAssociatedKeys', pairs('argument')],
])
