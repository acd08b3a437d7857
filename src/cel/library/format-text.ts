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
  let text = ''
  let next = 0
  for (let i = 0; i < format.length;) {
    const percent = format.indexOf('%', i)
    text += format.slice(i, percent < 0 ? undefined : percent)
    if (percent < 0) break
    if (format[percent + 1] === '%') {
      text += '%'
      i = percent + 2
      continue
    }
    if (next >= args.size) return new CelError(`index ${next} out of range`)
    if (percent + 1 >= format.length) return new CelError('unexpected end of string')
    const clause = clauseAt(format, percent + 1)
    if (clause instanceof CelError) return clause
    const part = clause.write(args.at(next++))
    if (part instanceof CelError) return new CelError(`error during formatting: ${part.message}`)
    text += part
    if (text.length > TEXT_MAX) return TOO_LONG
    i = clause.end
  }
  return text
}

interface Clause {
  readonly end: number
  readonly write: (value: Value) => Text
}

const CLAUSE = /(?:\.(\d*))?([^])?/y

/** More digits than a double has are zeros. */
const PRECISION_MAX = 1000

function clauseAt(format: string, start: number): Clause | CelError {
  CLAUSE.lastIndex = start
  const [whole, digits, letter] = CLAUSE.exec(format)!
  const write = letter === undefined ? undefined : WRITERS.get(letter)
  if (digits === '' || (digits !== undefined && Number(digits) > PRECISION_MAX)) {
    const problem = `error while converting precision to integer: strconv.Atoi: parsing "${digits}": invalid syntax`
    return new CelError(
      `could not parse formatting clause: error while parsing precision: ${problem}`,
    )
  }
  if (!write) {
    const problem = `unrecognized formatting clause "${letter ?? ''}"`
    return new CelError(`could not parse formatting clause: ${problem}`)
  }
  const precision = digits === undefined ? 6 : Number(digits)
  return { end: start + whole.length, write: (value) => write(value, precision) }
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
