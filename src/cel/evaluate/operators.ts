import { equal } from '../values/equality.ts'
import type { Value } from '../values/value.ts'
import { CelError, ListValue, NO_SUCH_OVERLOAD, OptionalValue } from '../values/value.ts'
import type { Step } from './frame.ts'
import type { Planned } from './plan.ts'

/**
 * `&&` and `||`: `decisive` on either side decides, even where the other side is an error. Both operators are
 * commutative in that way; otherwise the first error is the result.
 */
export function planLogical(left: Step, right: Step, decisive: boolean): Step {
  return (frame) => {
    const first = left(frame)
    if (first === decisive) return decisive
    const second = right(frame)
    if (second === decisive) return decisive
    if (typeof first !== 'boolean') return first instanceof CelError ? first : NO_SUCH_OVERLOAD
    if (typeof second !== 'boolean') return second instanceof CelError ? second : NO_SUCH_OVERLOAD
    return !decisive
  }
}

export function planConditional(condition: Step, yes: Step, no: Step): Step {
  return (frame) => {
    const chosen = condition(frame)
    if (chosen === true) return yes(frame)
    if (chosen === false) return no(frame)
    return chosen instanceof CelError ? chosen : NO_SUCH_OVERLOAD
  }
}

/** `x.or(y)` and `x.orValue(y)`: the second is evaluated only where the first holds nothing. */
export function planOr(left: Step, right: Step, asOptional: boolean): Step {
  return (frame) => {
    const first = left(frame)
    if (first instanceof CelError) return first
    if (!(first instanceof OptionalValue)) return NO_SUCH_OVERLOAD
    if (first.value === undefined) return right(frame)
    return asOptional ? first : first.value
  }
}

/** `x in [...]` with constant numbers, strings and so on: a look-up that costs nothing more. */
export function planSetMembership(item: Step, list: Value): Planned | undefined {
  if (!(list instanceof ListValue)) return undefined
  if (list.size === 0) return { run: () => false, constant: false }
  const values = [...list]
  if (!values.every((value) => value === null || typeof value !== 'object')) return undefined
  const known = new Set<Value>(values)
  const isPlain = values.every((value) => typeof value === 'string')
  return {
    run: (frame) => {
      const value = item(frame)
      if (value instanceof CelError || known.has(value)) {
        return value instanceof CelError ? value : !Number.isNaN(value)
      }
      return !isPlain && values.some((each) => equal(each, value))
    },
  }
}
