import type { Overload } from '../check/overload.ts'
import { fn, method, operator } from '../check/overload.ts'
import { Uint } from '../values/number.ts'
import { Duration, Timestamp } from '../values/time.ts'
import type { Result, Value } from '../values/value.ts'
import {
  ArrayList,
  CelError,
  ListValue,
  MapValue,
  NONE,
  NO_SUCH_OVERLOAD,
  OptionalValue,
} from '../values/value.ts'

const YEAR_ONE_NS = -62_135_596_800_000_000_000n

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true
  if (value instanceof Uint) return value.value === 0n
  if (value instanceof ListValue || value instanceof MapValue) return value.size === 0
  if (value instanceof Uint8Array) return value.length === 0
  if (value instanceof OptionalValue) return value.value === undefined
  if (value instanceof Timestamp) return value.ns === YEAR_ONE_NS
  return value instanceof Duration && value.ns === 0n
}

function unwrap(list: ListValue): Result {
  const values: Value[] = []
  for (const item of list) {
    if (!(item instanceof OptionalValue)) return NO_SUCH_OVERLOAD
    if (item.value !== undefined) values.push(item.value)
  }
  return new ArrayList(values)
}

const itemAt =
  (index: (size: number) => number) =>
  (list: ListValue): OptionalValue =>
    list.size === 0 ? NONE : new OptionalValue(list.at(index(list.size)))

/** Optional values: https://pkg.go.dev/github.com/google/cel-go/cel#OptionalTypes. */
export const OPTIONAL: readonly Overload[] = [
  fn(
    'optional.of',
    'optional_of',
    'V -> optional_type(V)',
    (value: Value) => new OptionalValue(value),
  ),
  fn(
    'optional.ofNonZeroValue',
    'optional_ofNonZeroValue',
    'V -> optional_type(V)',
    (value: Value) => (isZero(value) ? NONE : new OptionalValue(value)),
  ),
  fn('optional.none', 'optional_none', '-> optional_type(V)', () => NONE),
  method(
    'value',
    'optional_value',
    'optional_type(V) -> V',
    ({ value }: OptionalValue) => value ?? noValue(value),
  ),
  method(
    'hasValue',
    'optional_hasValue',
    'optional_type(V) -> bool',
    ({ value }: OptionalValue) => value !== undefined,
  ),
  // How these four evaluate their operands is the plan's business.
  method(
    'or',
    'optional_or_optional',
    'optional_type(V), optional_type(V) -> optional_type(V)',
    () => NO_SUCH_OVERLOAD,
  ),
  method('orValue', 'optional_orValue_value', 'optional_type(V), V -> V', () => NO_SUCH_OVERLOAD),
  ...operator('_?._', () => NO_SUCH_OVERLOAD, {
    select_optional_field: 'dyn, string -> optional_type(V)',
  }),
  ...operator('_[?_]', () => NO_SUCH_OVERLOAD, {
    list_optindex_optional_int: 'list(V), int -> optional_type(V)',
    optional_list_optindex_optional_int: 'optional_type(list(V)), int -> optional_type(V)',
    map_optindex_optional_value: 'map(K, V), K -> optional_type(V)',
    optional_map_optindex_optional_value: 'optional_type(map(K, V)), K -> optional_type(V)',
  }),
  method(
    'first',
    'list_first',
    'list(V) -> optional_type(V)',
    itemAt(() => 0),
  ),
  method(
    'last',
    'list_last',
    'list(V) -> optional_type(V)',
    itemAt((size) => size - 1),
  ),
  fn('optional.unwrap', 'optional_unwrap', 'list(optional_type(V)) -> list(V)', unwrap),
  method('unwrapOpt', 'optional_unwrapOpt', 'list(optional_type(V)) -> list(V)', unwrap),
]

/** Null is a value; only nothing is none. */
function noValue(value: null | undefined): Result {
  return value === null ? null : new CelError('optional.none() dereference')
}
