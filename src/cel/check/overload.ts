import type { Result, Value } from '../values/value.ts'
import type { Type } from './type.ts'
import * as types from './type.ts'

/** What computes a call. Given arguments that match the signature, as many as it has. */
export type Implementation = (...args: Value[]) => Result

/** One way to call a function. */
export interface Overload {
  readonly function: string
  /** As cel-go and Kubernetes name it; costs go by it. */
  readonly id: string
  /** Called as `first.f(others)`. */
  readonly member: boolean
  readonly params: readonly Type[]
  readonly result: Type
  readonly call: Implementation
  /** The implementation looks at the types of its arguments by itself. */
  readonly dynamic: boolean
}

/** Overloads of functions by name. */
export type Functions = ReadonlyMap<string, readonly Overload[]>

type Arguments = (...args: never[]) => Result

/** A function, its signature written `int, list(T) -> T`; capital letters are type parameters. */
export function fn(name: string, id: string, signature: string, call: Arguments): Overload {
  return overload(name, id, false, signature, call, false)
}

/** A function called on its first parameter. */
export function method(name: string, id: string, signature: string, call: Arguments): Overload {
  return overload(name, id, true, signature, call, false)
}

/** An operator or conversion: one implementation that tells its arguments apart by itself, several signatures by id. */
export function operator(
  name: string,
  call: Arguments,
  signatures: Readonly<Record<string, string>>,
): Overload[] {
  return Object.entries(signatures).map(([id, signature]) =>
    overload(name, id, false, signature, call, true),
  )
}

function overload(
  name: string,
  id: string,
  member: boolean,
  signature: string,
  call: Arguments,
  dynamic: boolean,
): Overload {
  const [params = '', result = ''] = signature.split('->').map((part) => part.trim())
  return {
    function: name,
    id,
    member,
    params: splitTypes(params).map(parseType),
    result: parseType(result),
    call: call as unknown as Implementation,
    dynamic,
  }
}

/** Collects overloads under the names of their functions. */
export function functionsOf(overloads: readonly Overload[]): Functions {
  return Map.groupBy(overloads, (each) => each.function)
}

const SIMPLE: ReadonlyMap<string, Type> = new Map(
  [
    types.DYN,
    types.NULL,
    types.BOOL,
    types.INT,
    types.UINT,
    types.DOUBLE,
    types.STRING,
    types.BYTES,
    types.TIMESTAMP,
    types.DURATION,
  ].map((type) => [type.name, type]),
)
/** Types of libraries that are opaque; the others have names with a dot too and count as objects. */
const OPAQUE: ReadonlySet<string> = new Set(['net.IP', 'net.CIDR'])

function parseType(text: string): Type {
  const open = text.indexOf('(')
  const name = open < 0 ? text : text.slice(0, open)
  const params = open < 0 ? [] : splitTypes(text.slice(open + 1, -1)).map(parseType)
  if (/^[A-Z]$/.test(name)) return types.param(name)
  if (name === 'type') return types.typeOf(params[0])
  if (name === 'list') return types.listOf(params[0]!)
  if (name === 'map') return types.mapOf(params[0]!, params[1]!)
  if (name === 'optional_type') return types.optionalOf(params[0]!)
  return SIMPLE.get(name) ?? (OPAQUE.has(name) ? types.opaque(name) : types.struct(name))
}

function splitTypes(text: string): string[] {
  const parts: string[] = []
  let [depth, start] = [0, 0]
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')') depth--
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  const last = text.slice(start).trim()
  return last === '' ? parts : [...parts, last]
}
