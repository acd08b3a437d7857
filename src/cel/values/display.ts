import { Uint, formatDouble } from './number.ts'
import { Duration, Timestamp, formatDuration, formatTimestamp } from './time.ts'
import { typeNameOf } from './type-of.ts'
import type { Value } from './value.ts'
import { TypeValue } from './value.ts'

/** A value as it stands in the text of an error. */
export function display(value: Value): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'number':
      return formatDouble(value)
    default:
      if (value === null) return 'null'
      if (value instanceof Uint) return String(value.value)
      if (value instanceof Timestamp) return formatTimestamp(value)
      if (value instanceof Duration) return formatDuration(value)
      if (value instanceof TypeValue) return value.name
      return typeNameOf(value)
  }
}
