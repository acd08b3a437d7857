import { Uint, isInt64, isUint64 } from '../values/number.ts'
import type { Expr, MapEntry, StructField } from './ast.ts'
import { call, ident, literal } from './ast.ts'
import { type Issue, SyntaxIssue } from './issue.ts'
import { type Token, tokenize } from './lexer.ts'
import { expandMacro } from './macros.ts'
import { unquoteBytes, unquoteString } from './unescape.ts'

/** How long an expression may be, in code points. */
const CODE_POINTS_MAX = 100_000
/** How deep expressions may be nested. */
const DEPTH_MAX = 250

const RESERVED: ReadonlySet<string> = new Set(
  (
    'as break const continue else false for function if import in let loop package namespace null return true ' +
    'var void while'
  ).split(' '),
)
const RELATIONS: ReadonlySet<string> = new Set(['<', '<=', '>=', '>', '==', '!=', 'in'])
/** What an expression can begin with, as ANTLR lists it; within brackets the closing one and others come in between. */
function starts(bracket?: ']' | '}'): string {
  const [close, comma, question] = bracket ? [`'${bracket}', `, "',', ", "'?', "] : ['', '', '']
  const opening = bracket === ']' ? `'[', ${close}'{', ` : `'[', '{', ${close}`
  return `{${opening}'(', '.', ${comma}'-', '!', ${question}'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}`
}

export type Parsed =
  | { readonly ok: true; readonly expr: Expr }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/** Parses an expression and expands its macros. Never throws. See https://github.com/google/cel-spec. */
export function parse(source: string): Parsed {
  const size = codePoints(source)
  if (size > CODE_POINTS_MAX) {
    const message = `expression code point size exceeds limit: size: ${size}, limit ${CODE_POINTS_MAX}`
    return { ok: false, issues: [{ offset: -1, message }] }
  }
  const issues: Issue[] = []
  const parser = new Parser(tokenize(source, issues), issues)
  try {
    const expr = parser.whole()
    return issues.length === 0 ? { ok: true, expr } : { ok: false, issues }
  } catch (error) {
    if (!(error instanceof SyntaxIssue)) throw error
    return { ok: false, issues: [...issues, { offset: error.offset, message: error.message }] }
  }
}

function codePoints(text: string): number {
  if (text.length <= CODE_POINTS_MAX) return text.length
  let count = 0
  for (const _ of text) count++
  return count
}

class Parser {
  readonly #issues: Issue[]
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[], issues: Issue[]) {
    this.#tokens = tokens
    this.#issues = issues
  }

  whole(): Expr {
    const expr = this.#expr()
    const token = this.#peek()
    if (token.kind !== 'end') throw this.#unexpected('<EOF>')
    return expr
  }

  #expr(): Expr {
    return this.#nested(() => {
      const condition = this.#or()
      const question = this.#take('?')
      if (!question) return condition
      const yes = this.#or()
      this.#expect(':')
      return call(question.offset, '_?_:_', [condition, yes, this.#expr()])
    })
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1
    if (this.#depth > DEPTH_MAX) {
      throw new SyntaxIssue(-1, `expression recursion limit exceeded: ${DEPTH_MAX}`)
    }
    const result = read()
    this.#depth -= 1
    return result
  }

  #or(): Expr {
    return this.#balanced('||', '_||_', () => this.#and())
  }

  #and(): Expr {
    return this.#balanced('&&', '_&&_', () => this.#relation())
  }

  /** A chain of one logical operator becomes a balanced tree, so that long ones are not deep ones. */
  #balanced(operator: string, name: string, operand: () => Expr): Expr {
    const terms = [operand()]
    const offsets: number[] = []
    for (let token = this.#take(operator); token; token = this.#take(operator)) {
      offsets.push(token.offset)
      terms.push(operand())
    }
    return balance(name, terms, offsets, 0, terms.length - 1)
  }

  #relation(): Expr {
    let left = this.#sum()
    for (;;) {
      const { kind, text, offset } = this.#peek()
      const isRelation = kind === 'punctuation' || kind === 'keyword'
      if (!isRelation || !RELATIONS.has(text)) return left
      this.#next += 1
      left = call(offset, text === 'in' ? '@in' : `_${text}_`, [left, this.#sum()])
    }
  }

  #sum(): Expr {
    return this.#chain(['+', '-'], () => this.#product())
  }

  #product(): Expr {
    return this.#chain(['*', '/', '%'], () => this.#unary())
  }

  #chain(operators: readonly string[], operand: () => Expr): Expr {
    let left = operand()
    let links = 0
    for (;;) {
      const token = this.#peek()
      if (token.kind !== 'punctuation' || !operators.includes(token.text)) return left
      if (++links > DEPTH_MAX) {
        throw new SyntaxIssue(-1, `expression recursion limit exceeded: ${DEPTH_MAX}`)
      }
      this.#next += 1
      left = call(token.offset, `_${token.text}_`, [left, operand()])
    }
  }

  #unary(): Expr {
    const first = this.#peek()
    if (first.kind !== 'punctuation' || (first.text !== '!' && first.text !== '-')) {
      return this.#member()
    }
    let count = 0
    while (this.#peek().kind === 'punctuation' && this.#peek().text === first.text) {
      this.#next += 1
      count += 1
    }
    // The last minus before a number belongs to it: -9223372036854775808 is a number, 9223372036854775808 none.
    const number = this.#peek().kind === 'int' || this.#peek().kind === 'float'
    if (first.text === '-' && number) {
      this.#next -= 1
      count -= 1
    }
    const operand = this.#member()
    return count % 2 === 0
      ? operand
      : call(first.offset, first.text === '!' ? '!_' : '-_', [operand])
  }

  #member(): Expr {
    let expr = this.#primary()
    let links = 0
    for (;;) {
      if (++links > DEPTH_MAX) {
        throw new SyntaxIssue(-1, `expression recursion limit exceeded: ${DEPTH_MAX}`)
      }
      const dot = this.#take('.')
      const bracket = dot ? undefined : this.#take('[')
      if (dot) expr = this.#select(expr, dot)
      else if (bracket) expr = this.#index(expr, bracket)
      else return expr
    }
  }

  #select(operand: Expr, dot: Token): Expr {
    const optional = this.#take('?')
    const token = this.#peek()
    if (token.kind !== 'identifier' && !(token.kind === 'keyword' && token.text === 'in')) {
      throw this.#unexpected('IDENTIFIER')
    }
    this.#next += 1
    const field = token.text
    if (optional) {
      return call(dot.offset, '_?._', [operand, literal(token.offset, field)])
    }
    const open = this.#take('(')
    if (!open) return { kind: 'select', offset: dot.offset, operand, field, testOnly: false }
    const args = this.#args()
    return this.#callOrMacro(open.offset, field, args, operand)
  }

  #index(operand: Expr, bracket: Token): Expr {
    const optional = this.#take('?')
    const index = this.#expr()
    this.#expect(']')
    return call(bracket.offset, optional ? '_[?_]' : '_[_]', [operand, index])
  }

  #callOrMacro(offset: number, name: string, args: readonly Expr[], target?: Expr): Expr {
    const expanded = expandMacro(offset, name, args, target)
    if (!expanded) return call(offset, name, args, target)
    if ('kind' in expanded) return expanded
    this.#issues.push(expanded)
    return literal(offset, null)
  }

  #primary(): Expr {
    const token = this.#peek()
    if (token.text === '(') {
      this.#next += 1
      const inner = this.#expr()
      this.#expect(')')
      return inner
    }
    if (token.text === '[') return this.#list(token.offset)
    if (token.text === '{') return this.#map(token.offset)
    if (token.text === '.' || token.kind === 'identifier') return this.#named()
    return this.#literal()
  }

  /** An identifier, a call of a function, or `a.b.Type{...}`. */
  #named(): Expr {
    const start = this.#next
    const dot = this.#take('.')
    const message = this.#messageName()
    if (message !== undefined) return this.#struct((dot ? '.' : '') + message)
    this.#next = start + (dot ? 1 : 0)
    const token = this.#peek()
    if (token.kind !== 'identifier') throw this.#unexpected('IDENTIFIER')
    this.#next += 1
    if (RESERVED.has(token.text)) {
      this.#issues.push({ offset: token.offset, message: `reserved identifier: ${token.text}` })
    }
    const name = (dot ? '.' : '') + token.text
    const open = this.#take('(')
    if (!open) return ident(token.offset, name)
    return this.#callOrMacro(open.offset, name, this.#args())
  }

  #messageName(): string | undefined {
    const names: string[] = []
    for (;;) {
      const token = this.#peek()
      if (token.kind !== 'identifier') return undefined
      this.#next += 1
      names.push(token.text)
      if (this.#peek().text === '{') return names.join('.')
      if (!this.#take('.')) return undefined
    }
  }

  #struct(typeName: string): Expr {
    const { offset } = this.#expect('{')
    const fields: StructField[] = []
    while (!this.#closes('}', fields.length > 0)) {
      const optional = this.#take('?') !== undefined
      const token = this.#peek()
      if (token.kind !== 'identifier' && token.kind !== 'keyword') {
        throw this.#unexpected("{'}', ',', '?', IDENTIFIER}")
      }
      this.#next += 1
      const colon = this.#expect(':')
      fields.push({ offset: colon.offset, name: token.text, value: this.#expr(), optional })
    }
    return { kind: 'struct', offset, typeName, fields }
  }

  #map(offset: number): Expr {
    this.#next += 1
    const entries: MapEntry[] = []
    while (!this.#closes('}', entries.length > 0)) {
      const optional = this.#take('?') !== undefined
      const key = this.#expr()
      this.#expect(':')
      entries.push({ key, value: this.#expr(), optional })
    }
    return { kind: 'map', offset, entries }
  }

  #list(offset: number): Expr {
    this.#next += 1
    const elements: Expr[] = []
    const optional = new Set<number>()
    while (!this.#closes(']', elements.length > 0)) {
      if (this.#take('?')) optional.add(elements.length)
      elements.push(this.#expr())
    }
    return { kind: 'list', offset, elements, optional }
  }

  /** Between items: true where the closing bracket follows; one comma may stand before it. */
  #closes(bracket: ']' | '}', hasItems: boolean): boolean {
    if (this.#take(bracket)) return true
    if (!hasItems) {
      if (this.#peek().kind === 'end') throw this.#unexpected(starts(bracket))
      if (this.#peek().text !== ',' || this.#tokens[this.#next + 1]?.text !== bracket) return false
      this.#next += 2
      return true
    }
    if (!this.#take(',')) throw this.#unexpected(`{'${bracket}', ','}`)
    return this.#take(bracket) !== undefined
  }

  #args(): Expr[] {
    const args: Expr[] = []
    if (this.#take(')')) return args
    do args.push(this.#expr())
    while (this.#take(','))
    this.#expect(')')
    return args
  }

  #literal(): Expr {
    const minus = this.#take('-')
    const { kind, text, offset } = this.#peek()
    const at = minus?.offset ?? offset
    const sign = minus ? '-' : ''
    if (kind === 'int' || kind === 'uint' || kind === 'float') {
      this.#next += 1
      return literal(at, this.#number(kind, sign, text, at))
    }
    if (minus) this.#next -= 1
    else if (kind === 'keyword' && text !== 'in') {
      this.#next += 1
      return literal(offset, text === 'null' ? null : text === 'true')
    } else if (kind === 'string' || kind === 'bytes') {
      this.#next += 1
      const value = kind === 'string' ? unquoteString(text) : unquoteBytes(text)
      if (!(value instanceof Error)) return literal(offset, value)
      this.#issues.push({ offset, message: value.message })
      return literal(offset, '')
    }
    throw this.#unexpected(starts())
  }

  #number(kind: 'int' | 'uint' | 'float', sign: string, text: string, offset: number) {
    if (kind === 'float') {
      const value = Number(sign + text)
      if (!Number.isFinite(value)) this.#issues.push({ offset, message: 'invalid double literal' })
      return value
    }
    const digits = BigInt(text.replace(/[uU]$/, ''))
    const value = sign ? -digits : digits
    if (kind === 'uint') {
      if (!isUint64(value)) this.#issues.push({ offset, message: 'invalid uint literal' })
      return new Uint(value)
    }
    if (!isInt64(value)) this.#issues.push({ offset, message: 'invalid int literal' })
    return value
  }

  #peek(): Token {
    return this.#tokens[this.#next]!
  }

  #take(text: string): Token | undefined {
    const token = this.#peek()
    if (token.kind !== 'punctuation' || token.text !== text) return undefined
    this.#next += 1
    return token
  }

  #expect(text: string): Token {
    const token = this.#take(text)
    if (!token) throw this.#unexpected(`'${text}'`)
    return token
  }

  /** Worded as ANTLR's error strategy does: a token too many where the one after it would do, else a mismatch. */
  #unexpected(expecting: string): SyntaxIssue {
    const token = this.#peek()
    const after = this.#tokens[this.#next + 1]
    const extra = after !== undefined && token.kind !== 'end' && isAmong(after, expecting)
    const what = extra ? 'extraneous' : 'mismatched'
    return new SyntaxIssue(
      token.offset,
      `Syntax error: ${what} input '${token.text}' expecting ${expecting}`,
    )
  }
}

/** Whether a token is one of those that are expected, as `unexpected()` lists them. */
function isAmong({ kind, text }: Token, expecting: string): boolean {
  if (kind === 'end') return expecting === '<EOF>'
  const names: Readonly<Partial<Record<Token['kind'], string>>> = {
    int: 'NUM_INT',
    uint: 'NUM_UINT',
    float: 'NUM_FLOAT',
    string: 'STRING',
    bytes: 'BYTES',
    identifier: 'IDENTIFIER',
  }
  return expecting.includes(names[kind] ?? `'${text}'`)
}

function balance(
  name: string,
  terms: readonly Expr[],
  offsets: readonly number[],
  from: number,
  to: number,
): Expr {
  if (from === to) return terms[from]!
  const middle = Math.floor((from + to - 1) / 2)
  return call(offsets[middle]!, name, [
    balance(name, terms, offsets, from, middle),
    balance(name, terms, offsets, middle + 1, to),
  ])
}
