import { operator } from '../check/overload.ts'
import type { Overload } from '../check/overload.ts'
import { compare, equal, includes } from '../values/equality.ts'
import { Uint, isInt64, isUint64 } from '../values/number.ts'
import { Duration, Timestamp, timestampOf } from '../values/time.ts'
import type { Result, Value } from '../values/value.ts'
import { CelError, ListValue, MapValue, NO_SUCH_OVERLOAD } from '../values/value.ts'
import { concatBytes, concatLists, concatText } from './concat.ts'

const INT_OVERFLOW = new CelError('integer overflow')
const UINT_OVERFLOW = new CelError('unsigned integer overflow')
export const TIMESTAMP_OVERFLOW = new CelError('timestamp overflow')
const NAN = new CelError('NaN values cannot be ordered')

export function int(value: bigint): Result {
  return isInt64(value) ? value : INT_OVERFLOW
}

export function uint(value: bigint): Result {
  return isUint64(value) ? new Uint(value) : UINT_OVERFLOW
}

function duration(ns: bigint): Result {
  return isInt64(ns) ? new Duration(ns) : INT_OVERFLOW
}

function timestamp(ns: bigint): Result {
  return timestampOf(ns) ?? TIMESTAMP_OVERFLOW
}

/** Arithmetic on two numbers of one type; undefined where they are none. */
function arithmetic(
  a: Value,
  b: Value,
  onIntegers: (x: bigint, y: bigint) => bigint | CelError,
  onDoubles: ((x: number, y: number) => number) | undefined,
): Result | undefined {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    const result = onIntegers(a, b)
    return result instanceof CelError ? result : int(result)
  }
  if (typeof a === 'number' && typeof b === 'number') return onDoubles?.(a, b)
  if (!(a instanceof Uint) || !(b instanceof Uint)) return undefined
  const result = onIntegers(a.value, b.value)
  return result instanceof CelError ? result : uint(result)
}

function add(a: Value, b: Value): Result {
  const sum = arithmetic(
    a,
    b,
    (x, y) => x + y,
    (x, y) => x + y,
  )
  if (sum !== undefined) return sum
  if (typeof a === 'string' && typeof b === 'string') return concatText(a, b)
  if (a instanceof ListValue && b instanceof ListValue) return concatLists(a, b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return concatBytes(a, b)
  if (a instanceof Timestamp && b instanceof Duration) return timestamp(a.ns + b.ns)
  if (a instanceof Duration && b instanceof Timestamp) return timestamp(a.ns + b.ns)
  if (a instanceof Duration && b instanceof Duration) return duration(a.ns + b.ns)
  return NO_SUCH_OVERLOAD
}

function subtract(a: Value, b: Value): Result {
  const difference = arithmetic(
    a,
    b,
    (x, y) => x - y,
    (x, y) => x - y,
  )
  if (difference !== undefined) return difference
  if (a instanceof Timestamp && b instanceof Timestamp) return duration(a.ns - b.ns)
  if (a instanceof Timestamp && b instanceof Duration) return timestamp(a.ns - b.ns)
  if (a instanceof Duration && b instanceof Duration) return duration(a.ns - b.ns)
  return NO_SUCH_OVERLOAD
}

function multiply(a: Value, b: Value): Result {
  return (
    arithmetic(
      a,
      b,
      (x, y) => x * y,
      (x, y) => x * y,
    ) ?? NO_SUCH_OVERLOAD
  )
}

const DIVISION = new CelError('division by zero')
const MODULUS = new CelError('modulus by zero')

function divide(a: Value, b: Value): Result {
  return (
    arithmetic(
      a,
      b,
      (x, y) => (y === 0n ? DIVISION : x / y),
      (x, y) => x / y,
    ) ?? NO_SUCH_OVERLOAD
  )
}

function modulo(a: Value, b: Value): Result {
  return arithmetic(a, b, (x, y) => (y === 0n ? MODULUS : x % y), undefined) ?? NO_SUCH_OVERLOAD
}

function negate(value: Value): Result {
  if (typeof value === 'bigint') return int(-value)
  if (typeof value === 'number') return -value
  return value instanceof Duration ? duration(-value.ns) : NO_SUCH_OVERLOAD
}

function order(test: (comparison: number) => boolean): (a: Value, b: Value) => Result {
  return (a, b) => {
    const comparison = compare(a, b)
    if (comparison === undefined) return NO_SUCH_OVERLOAD
    return Number.isNaN(comparison) ? NAN : test(comparison)
  }
}

function isIn(item: Value, container: Value): Result {
  if (container instanceof MapValue) return container.has(item)
  return container instanceof ListValue ? includes(container, item) : NO_SUCH_OVERLOAD
}

const ORDERED = [
  ['bool', 'bool'],
  ['int64', 'int'],
  ['uint64', 'uint'],
  ['double', 'double'],
  ['string', 'string'],
  ['bytes', 'bytes'],
  ['timestamp', 'timestamp'],
  ['duration', 'duration'],
] as const
const MIXED = [
  ['int64_double', 'int, double'],
  ['int64_uint64', 'int, uint'],
  ['uint64_double', 'uint, double'],
  ['uint64_int64', 'uint, int'],
  ['double_int64', 'double, int'],
  ['double_uint64', 'double, uint'],
] as const

function ordering(name: string, id: string, test: (comparison: number) => boolean): Overload[] {
  const signatures: Record<string, string> = {}
  for (const [suffix, type] of ORDERED) signatures[`${id}_${suffix}`] = `${type}, ${type} -> bool`
  for (const [suffix, types] of MIXED) signatures[`${id}_${suffix}`] = `${types} -> bool`
  return operator(name, order(test), signatures)
}

/** The operators of the language, apart from those that do not evaluate all their operands. */
export const OPERATORS: readonly Overload[] = [
  ...operator('_==_', (a: Value, b: Value) => equal(a, b), { equals: 'A, A -> bool' }),
  ...operator('_!=_', (a: Value, b: Value) => !equal(a, b), { not_equals: 'A, A -> bool' }),
  ...operator('_&&_', () => NO_SUCH_OVERLOAD, { logical_and: 'bool, bool -> bool' }),
  ...operator('_||_', () => NO_SUCH_OVERLOAD, { logical_or: 'bool, bool -> bool' }),
  ...operator('_?_:_', () => NO_SUCH_OVERLOAD, { conditional: 'bool, A, A -> A' }),
  ...operator('@not_strictly_false', () => NO_SUCH_OVERLOAD, {
    not_strictly_false: 'bool -> bool',
  }),
  ...operator('!_', (value: Value) => (typeof value === 'boolean' ? !value : NO_SUCH_OVERLOAD), {
    logical_not: 'bool -> bool',
  }),
  ...operator('_+_', add, {
    add_bytes: 'bytes, bytes -> bytes',
    add_double: 'double, double -> double',
    add_duration_duration: 'duration, duration -> duration',
    add_duration_timestamp: 'duration, timestamp -> timestamp',
    add_timestamp_duration: 'timestamp, duration -> timestamp',
    add_int64: 'int, int -> int',
    add_list: 'list(A), list(A) -> list(A)',
    add_string: 'string, string -> string',
    add_uint64: 'uint, uint -> uint',
  }),
  ...operator('_-_', subtract, {
    subtract_double: 'double, double -> double',
    subtract_duration_duration: 'duration, duration -> duration',
    subtract_int64: 'int, int -> int',
    subtract_timestamp_duration: 'timestamp, duration -> timestamp',
    subtract_timestamp_timestamp: 'timestamp, timestamp -> duration',
    subtract_uint64: 'uint, uint -> uint',
  }),
  ...operator('_*_', multiply, {
    multiply_double: 'double, double -> double',
    multiply_int64: 'int, int -> int',
    multiply_uint64: 'uint, uint -> uint',
  }),
  ...operator('_/_', divide, {
    divide_double: 'double, double -> double',
    divide_int64: 'int, int -> int',
    divide_uint64: 'uint, uint -> uint',
  }),
  ...operator('_%_', modulo, {
    modulo_int64: 'int, int -> int',
    modulo_uint64: 'uint, uint -> uint',
  }),
  ...operator('-_', negate, { negate_double: 'double -> double', negate_int64: 'int -> int' }),
  ...ordering('_<_', 'less', (comparison) => comparison < 0),
  ...ordering('_<=_', 'less_equals', (comparison) => comparison <= 0),
  ...ordering('_>_', 'greater', (comparison) => comparison > 0),
  ...ordering('_>=_', 'greater_equals', (comparison) => comparison >= 0),
  ...operator('_[_]', () => NO_SUCH_OVERLOAD, {
    index_list: 'list(A), int -> A',
    index_map: 'map(A, B), A -> B',
    optional_list_index_int: 'optional_type(list(V)), int -> optional_type(V)',
    optional_map_index_value: 'optional_type(map(K, V)), K -> optional_type(V)',
  }),
  ...operator('@in', isIn, {
    in_list: 'A, list(A) -> bool',
    in_map: 'A, map(A, B) -> bool',
  }),
]
