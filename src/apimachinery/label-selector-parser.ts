import { formatFieldError } from '../schema/field-error.ts'
import {
  byKey,
  keyErrors,
  requirement,
  type Operator,
  type Requirement,
  type Selector,
} from './labels.ts'
import { ParseError } from './parse-error.ts'

type TokenType = 'end' | 'identifier' | 'symbol' | 'word' | 'error'

interface Token {
  readonly type: TokenType
  readonly text: string
}

const END: Token = { type: 'end', text: '' }

/**
 * Reads a label selector, such as `app=web,tier in (a, b),!legacy`. Throws `ParseError` in the words of
 * k8s.io/apimachinery/pkg/labels. See https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
export function parseSelector(text: string): Selector {
  const parser = new Parser(scan(text))
  return { requirements: parser.requirements().toSorted(byKey) }
}

const SYMBOLS = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '('])

function scan(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = /[ \t\r\n]+|([=!(),><]+)|([^=!(),>< \t\r\n]+)/gy
  for (const [, symbols, word] of text.matchAll(pattern)) {
    if (symbols !== undefined) tokens.push(...symbolsOf(symbols))
    if (word === undefined) continue
    tokens.push({ type: word === 'in' || word === 'notin' ? 'word' : 'identifier', text: word })
  }
  return tokens
}

// Each token is the longest run that is a symbol, so `!==` is `!=` and `=`.
function symbolsOf(run: string): Token[] {
  const tokens: Token[] = []
  for (let i = 0; i < run.length; i += tokens.at(-1)!.text.length) {
    const pair = run.slice(i, i + 2)
    tokens.push({ type: 'symbol', text: SYMBOLS.has(pair) ? pair : run[i]! })
  }
  return tokens
}

class Parser {
  readonly #tokens: readonly Token[]
  #position = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  requirements(): Requirement[] {
    const found: Requirement[] = []
    while (this.#peek().type !== 'end') {
      const { text } = this.#peek()
      if (!this.#startsRequirement()) {
        throw new ParseError(`found '${text}', expected: !, identifier, or 'end of string'`)
      }
      found.push(this.#checkedRequirement())
      const after = this.#take()
      if (after.type === 'end') break
      if (!is(after, ',')) {
        throw new ParseError(`found '${after.text}', expected: ',' or 'end of string'`)
      }
      if (!this.#startsRequirement()) {
        throw new ParseError(`found '${this.#peek().text}', expected: identifier after ','`)
      }
    }
    return found
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? END
  }

  #take(): Token {
    const token = this.#peek()
    this.#position += 1
    return token
  }

  #startsRequirement(): boolean {
    return isName(this.#peek()) || is(this.#peek(), '!')
  }

  #checkedRequirement(): Requirement {
    try {
      return this.#requirement()
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      throw new ParseError(`unable to parse requirement: ${error.message}`)
    }
  }

  #requirement(): Requirement {
    const negated = is(this.#peek(), '!')
    if (negated) this.#take()
    const key = this.#take()
    if (!isName(key)) throw new ParseError(`found '${key.text}', expected: identifier`)
    const [problem] = keyErrors('<nil>', key.text)
    if (problem) throw new ParseError(formatFieldError(problem))

    if (negated) return requirement(key.text, '!', [])
    if (this.#peek().type === 'end' || is(this.#peek(), ',')) {
      return requirement(key.text, 'exists', [])
    }
    const operator = this.#operator()
    const values = operator === 'in' || operator === 'notin' ? this.#values() : [this.#exactValue()]
    return requirement(key.text, operator, values)
  }

  #operator(): Operator {
    const { type, text } = this.#take()
    if (type !== 'end' && Object.hasOwn(BINARY, text)) return BINARY[text]!
    throw new ParseError(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`)
  }

  #exactValue(): string {
    if (this.#peek().type === 'end' || is(this.#peek(), ',')) return ''
    const token = this.#take()
    if (isName(token)) return token.text
    throw new ParseError(`found '${token.text}', expected: identifier`)
  }

  /** `(a,b)`; an empty place between commas is the empty value. */
  #values(): string[] {
    const open = this.#take()
    if (!is(open, '(')) throw new ParseError(`found '${open.text}' expected: '('`)
    const first = this.#peek()
    if (is(first, ')')) {
      this.#take()
      return ['']
    }
    if (!isName(first) && !is(first, ',')) {
      throw new ParseError(`found '${first.text}', expected: ',', ')' or identifier`)
    }
    const values = new Set<string>()
    while (!this.#valueOrComma(values));
    const close = this.#take()
    if (!is(close, ')')) throw new ParseError(`found '${first.text}', expected: ')'`)
    return [...values].toSorted()
  }

  /** Reads one step of a list of values; true at its end. */
  #valueOrComma(values: Set<string>): boolean {
    const token = this.#take()
    const next = this.#peek()
    if (isName(token)) {
      values.add(token.text)
      if (is(next, ')')) return true
      if (is(next, ',')) return false
      throw new ParseError(`found '${next.text}', expected: ',' or ')'`)
    }
    if (!is(token, ',')) throw new ParseError(`found '${token.text}', expected: ',', or identifier`)
    if (values.size === 0 || is(next, ')') || is(next, ',')) values.add('')
    return is(next, ')')
  }
}

const BINARY: Readonly<Record<string, Operator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
}

function is(token: Token, symbol: string): boolean {
  return token.type === 'symbol' && token.text === symbol
}

// `in` and `notin` are good keys and values too.
function isName({ type }: Token): boolean {
  return type === 'identifier' || type === 'word'
}
