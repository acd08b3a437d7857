import { clausesOf } from '../library/format-text.ts'
import { compileRegex } from '../library/regex.ts'
import type { CallExpr, Expr, LiteralExpr } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/ast.ts'
import type { Issue } from '../syntax/issue.ts'
import { Timestamp, parseDuration, parseTimestamp } from '../values/time.ts'
import { CelError } from '../values/value.ts'
import type { Checked } from './checker.ts'
import type { Kind } from './type.ts'
import { formatType } from './type.ts'

/** What is wrong with texts that are written out: durations, timestamps, regular expressions and formats. */
export function literalIssues({ expr, typeOf }: Checked): Issue[] {
  const issues: Issue[] = []
  const seen = new Set<Expr>()
  const visit = (each: Expr): void => {
    if (seen.has(each)) return
    seen.add(each)
    if (each.kind === 'call') issues.push(...issuesOf(each, typeOf))
    for (const child of childrenOf(each)) visit(child)
  }
  visit(expr)
  return issues
}

function issuesOf(call: CallExpr, typeOf: Checked['typeOf']): Issue[] {
  const { name, target, args } = call
  if (name === 'duration') return invalid(name, args[0], isDuration)
  if (name === 'timestamp') return invalid(name, args[0], isTimestamp)
  if (name === 'matches') return invalid(name, args[target ? 0 : 1], isRegex)
  return name === 'format' ? formatIssues(call, typeOf) : []
}

function invalid(name: string, arg: Expr | undefined, isValid: (text: string) => boolean): Issue[] {
  if (arg?.kind !== 'literal' || typeof arg.value !== 'string' || isValid(arg.value)) return []
  return [{ offset: arg.offset, message: `invalid ${name} argument` }]
}

const isDuration = (text: string): boolean => parseDuration(text) !== undefined
const isTimestamp = (text: string): boolean => parseTimestamp(text) instanceof Timestamp
const isRegex = (text: string): boolean => !(compileRegex(text) instanceof CelError)

function formatIssues({ target, args, offset }: CallExpr, typeOf: Checked['typeOf']): Issue[] {
  const [list] = args
  if (target?.kind !== 'literal' || list?.kind !== 'list') return []
  const { value }: LiteralExpr = target
  if (typeof value !== 'string') return []
  const clauses = clausesOf(value)
  if (clauses instanceof CelError) return [{ offset, message: clauses.message }]
  const { elements } = list
  if (clauses.length > elements.length) {
    return [{ offset, message: `index ${elements.length} out of range` }]
  }
  if (clauses.length < elements.length) {
    const counts = `(expected ${clauses.length}, got ${elements.length})`
    return [{ offset, message: `too many arguments supplied to string.format ${counts}` }]
  }
  return clauses.flatMap(({ letter }, index) => clauseIssue(letter, elements[index]!, typeOf))
}

const CLAUSES: Readonly<Record<string, readonly [what: string, ...kinds: Kind[]]>> = {
  d: ['decimal clause can only be used on integers', 'int', 'uint'],
  f: ['fixed-point clause can only be used on doubles', 'double', 'string'],
  e: ['scientific clause can only be used on doubles', 'double', 'string'],
  b: ['only integers and bools can be formatted as binary', 'int', 'uint', 'bool'],
  o: ['octal clause can only be used on integers', 'int', 'uint'],
  x: [
    'only integers, byte buffers, and strings can be formatted as hex',
    'int',
    'uint',
    'string',
    'bytes',
  ],
}

function clauseIssue(letter: string, arg: Expr, typeOf: Checked['typeOf']): Issue[] {
  const clause = CLAUSES[letter.toLowerCase()]
  const type = typeOf(arg)
  if (!clause || type.kind === 'dyn') return []
  const [what, ...kinds] = clause
  if (kinds.includes(type.kind)) return []
  const message = `error during formatting: ${what}, was given ${formatType(type)}`
  return [{ offset: arg.offset, message }]
}
