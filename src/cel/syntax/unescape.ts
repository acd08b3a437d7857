/** What a string literal says, its quotes and escapes read. An `Error` tells what is wrong with it. */
export function unquoteString(text: string): string | Error {
  const { body, raw } = unwrap(text)
  if (raw || !body.includes('\\')) return body.replaceAll(/\r\n?/g, '\n')
  return unescape(body, (code) => String.fromCodePoint(code), false)
}

/** What a bytes literal says: `\xhh` and octal escapes are bytes there, other characters UTF-8. */
export function unquoteBytes(text: string): Uint8Array | Error {
  const { body, raw } = unwrap(text)
  const bytes: number[] = []
  const encoder = new TextEncoder()
  const push = (part: string): void => void bytes.push(...encoder.encode(part))
  if (raw) {
    push(body)
    return Uint8Array.from(bytes)
  }
  let rest = 0
  for (const match of body.matchAll(ESCAPE)) {
    push(body.slice(rest, match.index))
    rest = match.index + match[0].length
    const code = codeOf(match[0], true)
    if (code === undefined) return problem(match[0])
    bytes.push(code)
  }
  push(body.slice(rest))
  return Uint8Array.from(bytes)
}

const ESCAPE = /\\(?:[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|[^])/g
const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '`': 96,
  '?': 63,
}

function unwrap(text: string): { body: string; raw: boolean } {
  const [prefix] = /^[a-zA-Z]*/.exec(text)!
  const quoted = text.slice(prefix.length)
  const width = quoted.length >= 6 && /^("""|''')/.test(quoted) ? 3 : 1
  return { body: quoted.slice(width, -width), raw: /[rR]/.test(prefix) }
}

function unescape(body: string, make: (code: number) => string, bytes: boolean): string | Error {
  let wrong: Error | undefined
  const text = body.replaceAll(/\r\n?/g, '\n').replaceAll(ESCAPE, (escape) => {
    const code = codeOf(escape, bytes)
    if (code !== undefined) return make(code)
    wrong ??= problem(escape)
    return ''
  })
  return wrong ?? text
}

function codeOf(escape: string, bytes: boolean): number | undefined {
  const char = escape[1]!
  if (escape.length === 2) return SIMPLE[char]
  const unicode = char === 'u' || char === 'U'
  if (unicode && bytes) return undefined
  const octal = char >= '0' && char <= '3'
  const code = octal ? parseInt(escape.slice(1), 8) : parseInt(escape.slice(2), 16)
  const surrogate = code >= 0xd800 && code <= 0xdfff
  return code > 0x10ffff || surrogate ? undefined : code
}

function problem(escape: string): Error {
  return new Error(escape.length > 2 ? 'invalid unicode code point' : 'unable to unescape string')
}
