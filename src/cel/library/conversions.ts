import type { Overload } from '../check/overload.ts'
import { operator } from '../check/overload.ts'
import { Uint, formatDouble, isInt64 } from '../values/number.ts'
import {
  Duration,
  Timestamp,
  floorDiv,
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
  timestampOf,
} from '../values/time.ts'
import { typeNameOf } from '../values/type-of.ts'
import type { Result, Value } from '../values/value.ts'
import { CelError, TypeValue } from '../values/value.ts'
import { TIMESTAMP_OVERFLOW, int, uint } from './operators.ts'

function failed(value: Value, type: string): CelError {
  return new CelError(`type conversion error from '${typeNameOf(value)}' to '${type}'`)
}

/** Whether a double lies strictly between the ends of int64, as upstream requires. */
function truncated(value: number): bigint | undefined {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : undefined
}

function toInt(value: Value): Result {
  if (typeof value === 'bigint') return value
  if (value instanceof Uint) return int(value.value)
  if (typeof value === 'number') return truncated(value) ?? new CelError('integer overflow')
  if (value instanceof Timestamp) return floorDiv(value.ns, 1_000_000_000n)
  if (value instanceof Duration) return value.ns
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) {
    const parsed = BigInt(value.replace(/^\+/, ''))
    if (isInt64(parsed)) return parsed
  }
  return failed(value, 'int')
}

function toUint(value: Value): Result {
  if (value instanceof Uint) return value
  if (typeof value === 'bigint') return uint(value)
  if (typeof value === 'number') {
    const fits = value >= 0 && value < 2 ** 64
    return fits ? uint(BigInt(Math.trunc(value))) : new CelError('unsigned integer overflow')
  }
  if (typeof value === 'string' && /^\d+$/.test(value)) {
    const parsed = uint(BigInt(value))
    if (!(parsed instanceof CelError)) return parsed
  }
  return failed(value, 'uint')
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const WORDS: ReadonlyMap<string, number> = new Map([
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity],
  ['nan', NaN],
])

function toDouble(value: Value): Result {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint) return Number(value.value)
  if (typeof value === 'string') {
    const word = WORDS.get(value.toLowerCase())
    if (word !== undefined) return word
    const parsed = DECIMAL.test(value) ? Number(value) : Infinity
    if (Number.isFinite(parsed)) return parsed
  }
  return failed(value, 'double')
}

function toText(value: Value): Result {
  switch (typeof value) {
    case 'string':
      return value
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'number':
      return formatDouble(value)
    default:
      if (value instanceof Uint) return String(value.value)
      if (value instanceof Timestamp) return formatTimestamp(value)
      if (value instanceof Duration) return formatDuration(value)
      return value instanceof Uint8Array ? decode(value) : failed(value, 'string')
  }
}

function decode(bytes: Uint8Array): Result {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return new CelError('invalid UTF-8 in bytes, cannot convert to string')
  }
}

function toBytes(value: Value): Result {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' ? new TextEncoder().encode(value) : failed(value, 'bytes')
}

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True']
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False']

function toBool(value: Value): Result {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') {
    if (TRUE.includes(value)) return true
    if (FALSE.includes(value)) return false
  }
  return failed(value, 'bool')
}

function toDuration(value: Value): Result {
  if (value instanceof Duration) return value
  const parsed = typeof value === 'string' ? parseDuration(value) : undefined
  return parsed ?? failed(value, 'google.protobuf.Duration')
}

function toTimestamp(value: Value): Result {
  if (value instanceof Timestamp) return value
  if (typeof value === 'bigint') {
    return timestampOf(value * 1_000_000_000n) ?? TIMESTAMP_OVERFLOW
  }
  const parsed = typeof value === 'string' ? parseTimestamp(value) : 'invalid'
  if (parsed === 'overflow') return TIMESTAMP_OVERFLOW
  return parsed === 'invalid' ? failed(value, 'google.protobuf.Timestamp') : parsed
}

/** `int()`, `string()` and the others that make one type of another. */
export const CONVERSIONS: readonly Overload[] = [
  ...operator('type', (value: Value) => new TypeValue(typeNameOf(value)), { type: 'A -> type(A)' }),
  ...operator('dyn', (value: Value) => value, { to_dyn: 'A -> dyn' }),
  ...operator('bool', toBool, { bool_to_bool: 'bool -> bool', string_to_bool: 'string -> bool' }),
  ...operator('bytes', toBytes, {
    bytes_to_bytes: 'bytes -> bytes',
    string_to_bytes: 'string -> bytes',
  }),
  ...operator('double', toDouble, {
    double_to_double: 'double -> double',
    int64_to_double: 'int -> double',
    string_to_double: 'string -> double',
    uint64_to_double: 'uint -> double',
  }),
  ...operator('duration', toDuration, {
    duration_to_duration: 'duration -> duration',
    string_to_duration: 'string -> duration',
  }),
  ...operator('int', toInt, {
    int64_to_int64: 'int -> int',
    double_to_int64: 'double -> int',
    duration_to_int64: 'duration -> int',
    string_to_int64: 'string -> int',
    timestamp_to_int64: 'timestamp -> int',
    uint64_to_int64: 'uint -> int',
  }),
  ...operator('string', toText, {
    string_to_string: 'string -> string',
    bool_to_string: 'bool -> string',
    bytes_to_string: 'bytes -> string',
    double_to_string: 'double -> string',
    duration_to_string: 'duration -> string',
    int64_to_string: 'int -> string',
    timestamp_to_string: 'timestamp -> string',
    uint64_to_string: 'uint -> string',
  }),
  ...operator('timestamp', toTimestamp, {
    timestamp_to_timestamp: 'timestamp -> timestamp',
    int64_to_timestamp: 'int -> timestamp',
    string_to_timestamp: 'string -> timestamp',
  }),
  ...operator('uint', toUint, {
    uint64_to_uint64: 'uint -> uint',
    double_to_uint64: 'double -> uint',
    int64_to_uint64: 'int -> uint',
    string_to_uint64: 'string -> uint',
  }),
]
