import type { Overload } from '../check/overload.ts'
import { fn, method } from '../check/overload.ts'
import { display } from '../values/display.ts'
import { codePointCount, isPlain } from '../values/text.ts'
import type { ListValue, Result } from '../values/value.ts'
import { ArrayList, CelError } from '../values/value.ts'
import { TEXT_MAX, TOO_LONG } from './concat.ts'
import { formatText } from './format-text.ts'

function outOfRange(index: bigint): CelError {
  return new CelError(`index out of range: ${index}`)
}

/** The text as something that is indexed by code points. */
function characters(text: string): string | readonly string[] {
  return isPlain(text) ? text : Array.from(text)
}

function part(of: string | readonly string[], start: number, end?: number): string {
  return typeof of === 'string' ? of.slice(start, end) : of.slice(start, end).join('')
}

function charAt(text: string, index: bigint): Result {
  const all = characters(text)
  if (index < 0n || index > all.length) return outOfRange(index)
  return all[Number(index)] ?? ''
}

function substring(text: string, start: bigint, end?: bigint): Result {
  if (end !== undefined && start > end) {
    return new CelError(`invalid substring range. start: ${start}, end: ${end}`)
  }
  const all = characters(text)
  if (start < 0n || start > all.length) return outOfRange(start)
  if (end !== undefined && (end < 0n || end > all.length)) return outOfRange(end)
  return part(all, Number(start), end === undefined ? undefined : Number(end))
}

function indexOf(text: string, sought: string, offset = 0n): Result {
  if (offset < 0n) return outOfRange(offset)
  const all = characters(text)
  const from = Math.min(Number(offset), all.length)
  if (sought === '') return BigInt(from)
  const found = text.indexOf(sought, part(all, 0, from).length)
  return found < 0 ? -1n : BigInt(codePointCount(text.slice(0, found)))
}

function lastIndexOf(text: string, sought: string, offset?: bigint): Result {
  if (offset !== undefined && offset < 0n) return outOfRange(offset)
  const all = characters(text)
  const last = offset === undefined ? all.length : Number(offset)
  if (sought === '') return BigInt(Math.min(last, all.length))
  if (offset !== undefined && last >= all.length) return -1n
  const found = text.lastIndexOf(sought, part(all, 0, last).length)
  return found < 0 ? -1n : BigInt(codePointCount(text.slice(0, found)))
}

/** As Go's `strings.Replace`: all where `limit` is negative, and an empty `old` is found around each character. */
function replace(text: string, old: string, fresh: string, limit = -1n): Result {
  const max = limit < 0n ? Infinity : Number(limit)
  const pieces = old === '' ? ['', ...Array.from(text), ''] : text.split(old)
  const gaps = Math.min(pieces.length - 1, max)
  if (text.length + gaps * fresh.length > TEXT_MAX) return TOO_LONG
  const rest = pieces.slice(gaps).join(old)
  return gaps === 0 ? rest : [...pieces.slice(0, gaps), rest].join(fresh)
}

/** As Go's `strings.SplitN`: no pieces where `limit` is 0, all where it is negative. */
function split(text: string, separator: string, limit = -1n): ArrayList {
  if (limit === 0n) return new ArrayList([])
  const pieces = separator === '' ? Array.from(text) : text.split(separator)
  if (limit < 0n || pieces.length <= limit) return new ArrayList(pieces)
  const kept = Number(limit) - 1
  return new ArrayList([...pieces.slice(0, kept), pieces.slice(kept).join(separator)])
}

function join(list: ListValue, separator = ''): Result {
  const pieces: string[] = []
  for (const item of list) {
    if (typeof item !== 'string') return new CelError(`join: invalid input: ${display(item)}`)
    pieces.push(item)
  }
  const length = pieces.reduce((sum, piece) => sum + piece.length, separator.length * pieces.length)
  return length > TEXT_MAX ? TOO_LONG : pieces.join(separator)
}

// What Go counts as white space, which is not quite what JavaScript does.
const SPACE = String.raw`[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`
const LEADING = new RegExp(`^${SPACE}+`)

/** From both ends, in linear time. */
function trim(text: string): string {
  const start = text.replace(LEADING, '')
  let end = start.length
  while (end > 0 && LEADING.test(start[end - 1]!)) end -= 1
  return start.slice(0, end)
}

const QUOTED: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

function quote(text: string): string {
  // eslint-disable-next-line no-control-regex -- bell and backspace have escapes of their own.
  return `"${text.toWellFormed().replaceAll(/[\u0007-\r\\"]/g, (character) => QUOTED[character]!)}"`
}

/** cel-go's extended strings in the version that Kubernetes has: https://pkg.go.dev/github.com/google/cel-go/ext#Strings. */
export const STRINGS: readonly Overload[] = [
  method('charAt', 'string_char_at_int', 'string, int -> string', charAt),
  method('indexOf', 'string_index_of_string', 'string, string -> int', indexOf),
  method('indexOf', 'string_index_of_string_int', 'string, string, int -> int', indexOf),
  method('lastIndexOf', 'string_last_index_of_string', 'string, string -> int', lastIndexOf),
  method(
    'lastIndexOf',
    'string_last_index_of_string_int',
    'string, string, int -> int',
    lastIndexOf,
  ),
  method('lowerAscii', 'string_lower_ascii', 'string -> string', (text: string) =>
    text.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase()),
  ),
  method('upperAscii', 'string_upper_ascii', 'string -> string', (text: string) =>
    text.replaceAll(/[a-z]+/g, (part) => part.toUpperCase()),
  ),
  method('replace', 'string_replace_string_string', 'string, string, string -> string', replace),
  method(
    'replace',
    'string_replace_string_string_int',
    'string, string, string, int -> string',
    replace,
  ),
  method('split', 'string_split_string', 'string, string -> list(string)', split),
  method('split', 'string_split_string_int', 'string, string, int -> list(string)', split),
  method('substring', 'string_substring_int', 'string, int -> string', substring),
  method('substring', 'string_substring_int_int', 'string, int, int -> string', substring),
  method('trim', 'string_trim', 'string -> string', trim),
  method('join', 'list_join', 'list(string) -> string', join),
  method('join', 'list_join_string', 'list(string), string -> string', join),
  method('format', 'string_format', 'string, list(dyn) -> string', formatText),
  fn('strings.quote', 'strings_quote', 'string -> string', quote),
]
