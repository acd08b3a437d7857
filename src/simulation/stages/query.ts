import { ParseError } from '../../apimachinery/parse-error.ts'

/** All values that an expression finds in an object. */
export type Query = (object: unknown) => readonly unknown[]

const STEP =
  /\s*(?:\.\[?"(?<quoted>(?:[^"\\]|\\.)*)"\]?|\.(?<field>[A-Za-z_]\w*)|\.?\["(?<key>(?:[^"\\]|\\.)*)"\]|\.?\[(?<index>-?\d+)\]|(?<each>\.?\[\])|(?<self>\.(?![\w"[])))\??/y
const SELECT = /^select\s*\((.*)\)$/s
const COMPARISON = /^(.*?)\s*(==|!=)\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null)$/s

/**
 * Compiles an expression of the part of jq that stages use: paths (`.a.b`, `.a["b"]`, `.a[0]`, `.a.[]`), `|`, and
 * `select( PATH == VALUE )`. Throws `ParseError` for anything else.
 */
export function compileQuery(source: string): Query {
  const steps = splitPipes(source).map((part) => compilePart(part.trim(), source))
  if (steps.length === 1) return steps[0]!
  return (object) =>
    steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [object])
}

/** The parts between the pipes that are not in quotes or parentheses. */
function splitPipes(source: string): readonly string[] {
  const parts: string[] = []
  let [depth, start] = [0, 0]
  for (const { 0: text, index } of source.matchAll(/"(?:[^"\\]|\\.)*"|[()|]/g)) {
    if (text === '(') depth += 1
    else if (text === ')') depth -= 1
    else if (text === '|' && depth === 0) {
      parts.push(source.slice(start, index))
      start = index + 1
    }
  }
  return [...parts, source.slice(start)]
}

function compilePart(part: string, source: string): Query {
  const [, condition] = SELECT.exec(part) ?? []
  if (condition === undefined) return compilePath(part, source)
  const [, left, operator, right] = COMPARISON.exec(condition.trim()) ?? []
  if (left === undefined || right === undefined) throw unknownPart(condition.trim(), source)
  const path = compileQuery(left)
  const wanted = JSON.parse(right) as unknown
  const isWanted = (found: unknown): boolean => (found ?? null) === wanted
  return (object) => {
    const found = path(object)
    const holds = (found.length === 0 ? [null] : found).some(isWanted)
    return holds === (operator === '==') ? [object] : []
  }
}

type Step = { readonly type: 'each' } | { readonly type: 'member'; readonly key: string | number }

function compilePath(part: string, source: string): Query {
  const steps: Step[] = []
  let at = 0
  while (at < part.length) {
    STEP.lastIndex = at
    const match = STEP.exec(part)
    if (!match?.groups) throw unknownPart(part, source)
    const { field, quoted, key, index, each } = match.groups
    const name = quoted ?? key
    if (each !== undefined) steps.push({ type: 'each' })
    else if (index !== undefined) steps.push({ type: 'member', key: Number(index) })
    else if (name !== undefined)
      steps.push({ type: 'member', key: JSON.parse(`"${name}"`) as string })
    else if (field !== undefined) steps.push({ type: 'member', key: field })
    at = STEP.lastIndex
  }
  if (part === '') throw unknownPart(part, source)
  return (object) => found(object, steps, 0)
}

const NOTHING: readonly unknown[] = []

/** What there is none of is left out, so that an empty answer says that nothing is there. */
function found(object: unknown, steps: readonly Step[], from: number): readonly unknown[] {
  let value = object
  for (let i = from; i < steps.length; i += 1) {
    if (typeof value !== 'object' || value === null) return NOTHING
    const step = steps[i]!
    if (step.type === 'each')
      return Object.values(value).flatMap((each: unknown) => found(each, steps, i + 1))
    value = member(value, step.key)
  }
  return value === undefined || value === null ? NOTHING : [value]
}

function member(value: object, key: string | number): unknown {
  if (Array.isArray(value))
    return typeof key === 'number' ? (value as unknown[]).at(key) : undefined
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
}

function unknownPart(part: string, source: string): ParseError {
  return new ParseError(
    `${JSON.stringify(part)} in ${JSON.stringify(source)} is not understood: paths, | and select(PATH == VALUE) are`,
  )
}
