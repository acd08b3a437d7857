import { SyntaxIssue } from './issue.ts'

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

const KEYWORDS: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in'])

/** Cuts an expression into tokens, the last of kind `end`. Throws `SyntaxIssue`. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let offset = 0
  for (;;) {
    offset += matchAt(SPACE, source, offset)?.[0].length ?? 0
    if (offset >= source.length) break
    const token = tokenAt(source, offset)
    tokens.push(token)
    offset += token.text.length
  }
  tokens.push({ kind: 'end', text: '<EOF>', offset })
  return tokens
}

function tokenAt(source: string, offset: number): Token {
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
  throw unrecognized(source, offset, offset + 1)
}

function stringAt(source: string, offset: number, prefix: string): Token {
  const start = offset + prefix.length
  const quote = source[start]!
  const close = source.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote
  const raw = /[rR]/.test(prefix)
  let end = start + close.length
  while (!source.startsWith(close, end)) {
    const char = source[end]
    const isOpen = char === undefined || (close.length === 1 && (char === '\n' || char === '\r'))
    if (isOpen) throw unrecognized(source, offset, end)
    end += char === '\\' && !raw ? 2 : 1
  }
  const text = source.slice(offset, end + close.length)
  return { kind: /[bB]/.test(prefix) ? 'bytes' : 'string', text, offset }
}

function matchAt(pattern: RegExp, source: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset
  return pattern.exec(source)
}

function unrecognized(source: string, offset: number, end: number): SyntaxIssue {
  const character = String.fromCodePoint(source.codePointAt(offset)!)
  const text = end > offset + 1 ? source.slice(offset, end) : character
  return new SyntaxIssue(offset, `Syntax error: token recognition error at: '${text}'`)
}
