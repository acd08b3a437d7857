import { Uint } from '../values/number.ts'
import { typeNameOf } from '../values/type-of.ts'
import type { Result, Value } from '../values/value.ts'
import {
  CelError,
  ListValue,
  MapValue,
  NONE,
  NO_SUCH_OVERLOAD,
  OptionalValue,
} from '../values/value.ts'
import { display } from '../values/display.ts'

/** `operand.field` and `operand[key]`. Of an optional, an optional. */
export function access(operand: Value, key: Value): Result {
  if (operand instanceof MapValue) {
    const value = operand.get(key)
    return value === undefined ? noSuchKey(key) : value
  }
  if (operand instanceof ListValue) {
    const index = indexOf(key)
    if (index instanceof CelError) return index
    return index >= 0 && index < operand.size
      ? operand.at(index)
      : new CelError(`index out of bounds: ${display(key)}`)
  }
  if (operand instanceof OptionalValue) return accessOptional(operand, key)
  return typeof key === 'string' ? noSuchKey(key) : NO_SUCH_OVERLOAD
}

/** `operand.?field` and `operand[?key]`: an optional, empty where there is nothing. */
export function accessOptional(operand: Value, key: Value): Result {
  if (operand instanceof OptionalValue) {
    return operand.value === undefined ? NONE : accessOptional(operand.value, key)
  }
  const found = find(operand, key)
  if (found instanceof CelError) return found
  return found === undefined ? NONE : new OptionalValue(found)
}

/** `has(operand.field)`. */
export function present(operand: Value, field: string): Result {
  if (operand instanceof MapValue) return operand.isPresent(field)
  if (operand instanceof OptionalValue && operand.value !== undefined) {
    return present(operand.value, field)
  }
  return false
}

function find(operand: Value, key: Value): Result | undefined {
  if (operand instanceof MapValue) return operand.get(key)
  if (!(operand instanceof ListValue)) return undefined
  const index = indexOf(key)
  if (index instanceof CelError) return index
  return index >= 0 && index < operand.size ? operand.at(index) : undefined
}

function indexOf(key: Value): number | CelError {
  if (typeof key === 'bigint') return Number(key)
  if (key instanceof Uint) return Number(key.value)
  if (typeof key !== 'number') {
    return new CelError(`unsupported index type '${typeNameOf(key)}' in list`)
  }
  return Number.isInteger(key) ? key : new CelError(`unsupported index value ${key} in list`)
}

function noSuchKey(key: Value): CelError {
  return new CelError(`no such key: ${display(key)}`)
}
