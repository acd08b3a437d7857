import { Uint } from '../values/number.ts'
import { Duration, Timestamp, formatDuration, formatTimestamp } from '../values/time.ts'
import { typeNameOf } from '../values/type-of.ts'
import type { ListValue, Result, Value } from '../values/value.ts'
import { CelError, ListValue as List, MapValue, TypeValue } from '../values/value.ts'
import { fixedPoint, scientific } from './format-number.ts'
import { TEXT_MAX, TOO_LONG } from './concat.ts'
import { formatDouble } from '../values/number.ts'

type Text = string | CelError

/** `"%s is %d".format([x, y])`. Numbers are written as in English, as Kubernetes' version of the library does. */
export function formatText(format: string, args: ListValue): Result {
  const clauses = clausesOf(format)
  if (clauses instanceof CelError) return clauses
  let [text, end] = ['', 0]
  for (const [index, clause] of clauses.entries()) {
    if (index >= args.size) return new CelError(`index ${index} out of range`)
    const part = WRITERS.get(clause.letter)!(args.at(index), clause.precision)
    if (part instanceof CelError) return new CelError(`error during formatting: ${part.message}`)
    text += plainPart(format.slice(end, clause.start)) + part
    if (text.length > TEXT_MAX) return TOO_LONG
    ;({ end } = clause)
  }
  return text + plainPart(format.slice(end))
}

function plainPart(text: string): string {
  return text.replaceAll('%%', '%')
}

export interface Clause {
  readonly start: number
  readonly end: number
  readonly letter: string
  /** Digits after the point. */
  readonly precision: number
}

const CLAUSE = /%(?:%|(?:\.(\d*))?([^])?)/g

/** More digits than a double has are zeros. */
const PRECISION_MAX = 1000

/** The clauses of a format, such as `%s` and `%.2f`. */
export function clausesOf(format: string): Clause[] | CelError {
  const clauses: Clause[] = []
  for (const { 0: whole, 1: digits, 2: letter, index } of format.matchAll(CLAUSE)) {
    if (whole === '%%') continue
    if (whole === '%') return new CelError('unexpected end of string')
    const problem = problemOf(digits, letter)
    if (problem !== undefined) {
      return new CelError(`could not parse formatting clause: ${problem}`)
    }
    const precision = digits === undefined ? 6 : Number(digits)
    clauses.push({ start: index, end: index + whole.length, letter: letter!, precision })
  }
  return clauses
}

function problemOf(digits: string | undefined, letter: string | undefined): string | undefined {
  if (digits === '' || (digits !== undefined && Number(digits) > PRECISION_MAX)) {
    const cause = `strconv.Atoi: parsing "${digits}": invalid syntax`
    return `error while parsing precision: error while converting precision to integer: ${cause}`
  }
  const isKnown = letter !== undefined && WRITERS.has(letter)
  return isKnown ? undefined : `unrecognized formatting clause "${letter ?? ''}"`
}

type Writer = (value: Value, precision: number) => Text

const WRITERS: ReadonlyMap<string, Writer> = new Map<string, Writer>([
  ['s', asString],
  ['d', asDecimal],
  ['f', (value, precision) => asDouble(value, 'fixed-point', (x) => fixedPoint(x, precision))],
  ['e', (value, precision) => asDouble(value, 'scientific', (x) => scientific(x, precision))],
  ['b', asBinary],
  ['x', asHex],
  ['X', (value) => upper(asHex(value))],
  ['o', asOctal],
])

function wrong(what: string, value: Value): CelError {
  return new CelError(`${what}, was given ${typeNameOf(value)}`)
}

function asString(value: Value): Text {
  if (value === null) return 'null'
  if (value instanceof List) return listText(value)
  if (value instanceof MapValue) return mapText(value)
  const plain = plainText(value)
  if (plain !== undefined) return plain
  const types =
    'strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps'
  return wrong(`string clause can only be used on ${types}`, value)
}

function plainText(value: Value): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return formatDouble(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatDuration(value)
  return value instanceof TypeValue ? value.name : undefined
}

/** A value within a list or a map, as an expression would write it. */
function nested(value: Value): Text {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value.toFixed(6) : `"${formatDouble(value)}"`
  }
  if (value instanceof Uint8Array) return `b${JSON.stringify(plainText(value))}`
  if (value instanceof Timestamp) return `timestamp("${formatTimestamp(value)}")`
  if (value instanceof Duration) return `duration("${formatDuration(value)}")`
  const text = asString(value)
  return text instanceof CelError
    ? new CelError(`no formatting function for ${typeNameOf(value)}`)
    : text
}

function listText(list: ListValue): Text {
  const items: string[] = []
  for (const item of list) {
    const text = nested(item)
    if (text instanceof CelError) return text
    items.push(text)
  }
  return `[${items.join(', ')}]`
}

function mapText(map: MapValue): Text {
  const entries: (readonly [string, string])[] = []
  for (const key of map.keys()) {
    if (!/^(?:string|bool|int|uint)$/.test(typeNameOf(key))) {
      return new CelError(`no formatting function for map key of type ${typeNameOf(key)}`)
    }
    const value = map.get(key) ?? null
    const [left, right] = [nested(key), value instanceof CelError ? value : nested(value)]
    if (left instanceof CelError) return left
    if (right instanceof CelError) return right
    entries.push([left, right])
  }
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(', ')}}`
}

function integerOf(value: Value): bigint | undefined {
  return typeof value === 'bigint' ? value : value instanceof Uint ? value.value : undefined
}

function asDecimal(value: Value): Text {
  const integer = integerOf(value)
  return integer === undefined
    ? wrong('decimal clause can only be used on integers', value)
    : String(integer)
}

const WORDS: ReadonlyMap<Value, number> = new Map<Value, number>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

function asDouble(value: Value, name: string, write: (value: number) => string): Text {
  const number = typeof value === 'number' ? value : WORDS.get(value)
  return number === undefined
    ? wrong(`${name} clause can only be used on doubles`, value)
    : write(number)
}

function asBinary(value: Value): Text {
  if (typeof value === 'boolean') return value ? '1' : '0'
  const integer = integerOf(value)
  return integer?.toString(2) ?? wrong('only integers and bools can be formatted as binary', value)
}

function asHex(value: Value): Text {
  if (typeof value === 'string') return new TextEncoder().encode(value).toHex()
  if (value instanceof Uint8Array) return value.toHex()
  const integer = integerOf(value)
  const what = 'only integers, byte buffers, and strings can be formatted as hex'
  return integer?.toString(16) ?? wrong(what, value)
}

function asOctal(value: Value): Text {
  const integer = integerOf(value)
  return integer?.toString(8) ?? wrong('octal clause can only be used on integers', value)
}

function upper(text: Text): Text {
  return text instanceof CelError ? text : text.toUpperCase()
}
