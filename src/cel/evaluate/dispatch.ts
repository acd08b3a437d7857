import type { Implementation, Overload } from '../check/overload.ts'
import type { Type } from '../check/type.ts'
import { Uint } from '../values/number.ts'
import { Duration, Timestamp } from '../values/time.ts'
import { typeNameOf } from '../values/type-of.ts'
import type { Result, Value } from '../values/value.ts'
import { ListValue, MapValue, NO_SUCH_OVERLOAD, OptionalValue, TypeValue } from '../values/value.ts'

/** Calls the overload that fits the arguments: with dyn about, that shows only when they are there. */
export function dispatcher(overloads: readonly Overload[]): (args: Value[]) => Result {
  const candidates = overloads.map(candidateOf)
  const [first] = candidates
  if (first && candidates.every(({ call }) => call === first.call) && overloads[0]!.dynamic) {
    return (args) => first.call(...args)
  }
  return (args) => {
    for (const candidate of candidates) {
      if (fits(candidate, args)) return candidate.call(...args)
    }
    return NO_SUCH_OVERLOAD
  }
}

function fits({ params }: Candidate, args: readonly Value[]): boolean {
  if (params.length !== args.length) return false
  for (let i = 0; i < params.length; i++) if (!params[i]!(args[i]!)) return false
  return true
}

interface Candidate {
  readonly params: readonly ((value: Value) => boolean)[]
  readonly call: Implementation
}

function candidateOf({ params, call }: Overload): Candidate {
  return { params: params.map(guard), call }
}

/** Whether a value is of a type, items and entries aside. */
function guard({ kind, name }: Type): (value: Value) => boolean {
  switch (kind) {
    case 'bool':
      return (value) => typeof value === 'boolean'
    case 'int':
      return (value) => typeof value === 'bigint'
    case 'double':
      return (value) => typeof value === 'number'
    case 'string':
      return (value) => typeof value === 'string'
    case 'uint':
      return (value) => value instanceof Uint
    case 'bytes':
      return (value) => value instanceof Uint8Array
    case 'timestamp':
      return (value) => value instanceof Timestamp
    case 'duration':
      return (value) => value instanceof Duration
    case 'list':
      return (value) => value instanceof ListValue
    case 'map':
      return (value) => value instanceof MapValue
    case 'type':
      return (value) => value instanceof TypeValue
    case 'null':
      return (value) => value === null
    case 'struct':
      return (value) => typeNameOf(value) === name
    case 'opaque':
      return name === 'optional_type'
        ? (value) => value instanceof OptionalValue
        : (value) => typeNameOf(value) === name
    case 'dyn':
    case 'error':
    case 'param':
      return () => true
    default:
      return kind satisfies never
  }
}
