import { Uint } from './number.ts'
import { Duration, Timestamp } from './time.ts'
import type { Value } from './value.ts'
import { ListValue, MapValue, OpaqueValue, OptionalValue, TypeValue } from './value.ts'

/** The name of a value's type at run time, as `type(x)` gives it. */
export function typeNameOf(value: Value): string {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'bigint':
      return 'int'
    case 'boolean':
      return 'bool'
    case 'number':
      return 'double'
    case 'object':
      return value === null ? 'null_type' : nameOfObject(value)
    default:
      return value satisfies never
  }
}

function nameOfObject(value: Exclude<Value, null | string | bigint | boolean | number>): string {
  if (value instanceof MapValue) return value.typeName ?? 'map'
  if (value instanceof ListValue) return 'list'
  if (value instanceof OpaqueValue) return value.typeName
  if (value instanceof OptionalValue) return 'optional_type'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Duration) return 'google.protobuf.Duration'
  if (value instanceof TypeValue) return 'type'
  if (value instanceof Uint) return 'uint'
  return 'bytes'
}
