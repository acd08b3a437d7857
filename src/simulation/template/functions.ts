import { ParseError } from '../../apimachinery/parse-error.ts'

/** What templates can ask of the node that they are evaluated for. */
export interface TemplateContext {
  /** RFC 3339, UTC. */
  readonly now: string
  readonly nodeName: string
  readonly nodeAddress: string
  /** An address for the Pod, given when it is first asked for. */
  readonly podAddress: string
  readonly nodeConditions: readonly object[]
}

/** A value that stands in the text as one scalar, or as a whole structure, whatever is in it. */
export class Whole {
  readonly value: unknown
  /** Stands on a line of its own, below its key, so it has to be further in than any key. */
  readonly isBlock: boolean

  constructor(value: unknown, isBlock = false) {
    this.value = value
    this.isBlock = isBlock
  }
}

type Call = (args: readonly unknown[], context: TemplateContext) => unknown

const VERSION = 'trierarch'

/** Those of Go, of Sprig and of kwok that kwok's own stages use. */
const FUNCTIONS: Readonly<Record<string, Call>> = {
  // kwok's.
  Now: (_, { now }) => now,
  StartTime: (_, { now }) => now,
  Version: () => VERSION,
  Quote: ([value]) => new Whole(textOf(value)),
  YAML: ([value]) => new Whole(plain(value), true),
  NodeName: (_, { nodeName }) => nodeName,
  NodeIP: (_, { nodeAddress }) => nodeAddress,
  NodeIPWith: (_, { nodeAddress }) => nodeAddress,
  NodeIPsWith: (_, { nodeAddress }) => (nodeAddress === '' ? [] : [nodeAddress]),
  NodePort: () => 0,
  NodeConditions: (_, { nodeConditions }) => nodeConditions,
  PodIP: (_, { podAddress }) => podAddress,
  PodIPWith: ([, hostNetwork], { nodeAddress, podAddress }) =>
    isTrue(hostNetwork) ? nodeAddress : podAddress,
  PodIPsWith: (args, context) => [FUNCTIONS['PodIPWith']!(args, context)],
  // Go's.
  and: (args) => (args.every(isTrue) ? args.at(-1) : args.find((each) => !isTrue(each))),
  or: (args) => args.find(isTrue) ?? args.at(-1),
  not: ([value]) => !isTrue(value),
  eq: ([first, ...others]) => others.some((each) => plain(each) === plain(first)),
  ne: ([a, b]) => plain(a) !== plain(b),
  lt: ([a, b]) => compare(a, b) < 0,
  le: ([a, b]) => compare(a, b) <= 0,
  gt: ([a, b]) => compare(a, b) > 0,
  ge: ([a, b]) => compare(a, b) >= 0,
  index: ([value, ...path]) => path.reduce((inner, key) => member(inner, plain(key)), value),
  len: ([value]) => lengthOf(value),
  print: (args) => args.map(textOf).join(''),
  printf: ([format, ...args]) => formatted(textOf(format), args),
  // Sprig's.
  dict: (args) => Object.fromEntries(pairs(args)),
  list: (args) => args,
  default: ([fallback, value]) => (isTrue(value) ? value : fallback),
  ternary: ([yes, no, condition]) => (isTrue(condition) ? yes : no),
  add: (args) => args.reduce<number>((sum, each) => sum + Number(plain(each)), 0),
  add1: ([value]) => Number(plain(value)) + 1,
  sub: ([a, b]) => Number(plain(a)) - Number(plain(b)),
  quote: ([value]) => new Whole(textOf(value)),
  toYaml: ([value]) => new Whole(plain(value), true),
  upper: ([text]) => textOf(text).toUpperCase(),
  lower: ([text]) => textOf(text).toLowerCase(),
  trim: ([text]) => textOf(text).trim(),
  hasPrefix: ([prefix, text]) => textOf(text).startsWith(textOf(prefix)),
  hasSuffix: ([suffix, text]) => textOf(text).endsWith(textOf(suffix)),
  contains: ([part, text]) => textOf(text).includes(textOf(part)),
}

export function isFunction(name: string): boolean {
  return Object.hasOwn(FUNCTIONS, name)
}

export function callFunction(
  name: string,
  args: readonly unknown[],
  context: TemplateContext,
): unknown {
  return FUNCTIONS[name]!(args, context)
}

/** Go's notion: neither false, 0, nil nor empty. */
export function isTrue(value: unknown): boolean {
  const inner = plain(value)
  if (typeof inner !== 'object' || inner === null) return Boolean(inner)
  return Object.keys(inner).length > 0
}

/** A value as it is printed. */
export function textOf(value: unknown): string {
  const inner = plain(value)
  if (inner === undefined || inner === null) return ''
  return typeof inner === 'string' ? inner : JSON.stringify(inner)
}

/** The field of an object, or the element of a list; undefined where there is none. */
export function member(value: unknown, key: unknown): unknown {
  const inner = plain(value)
  if (typeof inner !== 'object' || inner === null) return undefined
  if (Array.isArray(inner)) return (inner as unknown[])[Number(key)]
  return Object.hasOwn(inner, String(key))
    ? (inner as Record<string, unknown>)[String(key)]
    : undefined
}

function plain(value: unknown): unknown {
  return value instanceof Whole ? value.value : value
}

function compare(a: unknown, b: unknown): number {
  const [x, y] = [plain(a), plain(b)]
  if (typeof x === 'number' && typeof y === 'number') return x - y
  const [left, right] = [textOf(x), textOf(y)]
  return left < right ? -1 : left > right ? 1 : 0
}

function lengthOf(value: unknown): number {
  const inner = plain(value)
  if (typeof inner === 'string') return inner.length
  return typeof inner === 'object' && inner !== null ? Object.keys(inner).length : 0
}

function pairs(args: readonly unknown[]): [string, unknown][] {
  return Array.from({ length: Math.ceil(args.length / 2) }, (_, i) => [
    textOf(args[2 * i]),
    args[2 * i + 1],
  ])
}

function formatted(format: string, args: readonly unknown[]): string {
  let next = 0
  return format.replaceAll(/%(.)/g, (verb, kind: string) => {
    if (kind === '%') return '%'
    if (!'sdvq'.includes(kind)) throw new ParseError(`printf does not know ${verb}`)
    const text = textOf(args[next++])
    return kind === 'q' ? JSON.stringify(text) : text
  })
}
