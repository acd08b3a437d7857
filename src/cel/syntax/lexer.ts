import type { Issue } from './issue.ts'

export type TokenKind = 'punctuation' | 'identifier' | 'keyword' | Literals | 'end'
type Literals = 'int' | 'uint' | 'float' | 'string' | 'bytes'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly offset: number
}

// One alternative each: a longer match must come first. See https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
const SPACE = /(?:[\t\n\f\r ]|\/\/[^\n]*)+/y
const FLOAT = /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y
const INTEGER = /(?:0x[0-9a-fA-F]+|\d+)([uU]?)/y
const PREFIX = /(?:[rR]|[bB][rR]?|[rR][bB])?(?="|')/y
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y
const PUNCTUATION = /==|!=|<=|>=|&&|\|\||[<>[\](){}.,\-!?:+*/%]/y

const ESCAPE =
  /\\(?:[abfnrtv"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})/y
/** As much of an escape as could have become one. */
const HALF_ESCAPE = /\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?/y

const KEYWORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in'])

/** Cuts an expression into tokens, the last of kind `end`. Adds to `issues` what is no token, and goes on after it. */
export function tokenize(source: string, issues: Issue[]): Token[] {
  const tokens: Token[] = []
  let offset = 0
  for (;;) {
    offset += matchAt(SPACE, source, offset)?.[0].length ?? 0
    if (offset >= source.length) break
    const token = tokenAt(source, offset)
    if ('message' in token) {
      issues.push(token)
      offset += token.length
      if (issues.length > ISSUES_MAX) break
    } else {
      tokens.push(token)
      offset += token.text.length
    }
  }
  tokens.push({ kind: 'end', text: '<EOF>', offset })
  return tokens
}

/** As many mistakes as are worth telling. */
const ISSUES_MAX = 100

interface Unrecognized extends Issue {
  readonly length: number
}

function tokenAt(source: string, offset: number): Token | Unrecognized {
  const float = matchAt(FLOAT, source, offset)
  if (float) return { kind: 'float', text: float[0], offset }
  const integer = matchAt(INTEGER, source, offset)
  if (integer) return { kind: integer[1] ? 'uint' : 'int', text: integer[0], offset }
  const prefix = matchAt(PREFIX, source, offset)
  if (prefix) return stringAt(source, offset, prefix[0])
  const identifier = matchAt(IDENTIFIER, source, offset)
  if (identifier) {
    const [text] = identifier
    return { kind: KEYWORDS.has(text) ? 'keyword' : 'identifier', text, offset }
  }
  const punctuation = matchAt(PUNCTUATION, source, offset)
  if (punctuation) return { kind: 'punctuation', text: punctuation[0], offset }
  return unrecognized(source, offset, offset + 1)
}

function stringAt(source: string, offset: number, prefix: string): Token | Unrecognized {
  const start = offset + prefix.length
  const quote = source[start]!
  const close = source.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote
  const raw = /[rR]/.test(prefix)
  let end = start + close.length
  while (!source.startsWith(close, end)) {
    const char = source[end]
    const isOpen = char === undefined || (close.length === 1 && (char === '\n' || char === '\r'))
    if (isOpen) return unrecognized(source, offset, end)
    if (char === '\\' && !raw) {
      const escape = matchAt(ESCAPE, source, end)
      if (!escape) return unrecognized(source, offset, badEscapeEnd(source, end))
      end += escape[0].length
    } else end += 1
  }
  const text = source.slice(offset, end + close.length)
  return { kind: /[bB]/.test(prefix) ? 'bytes' : 'string', text, offset }
}

function badEscapeEnd(source: string, offset: number): number {
  const end = offset + matchAt(HALF_ESCAPE, source, offset)![0].length
  return Math.min(end + 1, source.length)
}

function matchAt(pattern: RegExp, source: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset
  return pattern.exec(source)
}

/** The text that began as a token and did not become one: the start of `||` takes the character after it along. */
function unrecognized(source: string, offset: number, end: number): Unrecognized {
  const character = String.fromCodePoint(source.codePointAt(offset)!)
  const isHalf = end === offset + 1 && /[|&=]/.test(character)
  const length = Math.max(isHalf ? 2 : end - offset, character.length)
  const text = source.slice(offset, offset + length)
  return { offset, length, message: `Syntax error: token recognition error at: '${text}'` }
}
