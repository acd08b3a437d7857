/** A type while an expression is checked. */
export interface Type {
  readonly kind: Kind
  /** As shown in errors, parameters aside. */
  readonly name: string
  /** Of a list its item, of a map key and value, of others what they are made of. */
  readonly params: readonly Type[]
}

export type Kind =
  | 'dyn'
  | 'error'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'list'
  | 'map'
  | 'type'
  | 'struct'
  | 'opaque'
  | 'param'

export const DYN = simple('dyn')
export const ERROR = simple('error', '!error!')
export const NULL = simple('null')
export const BOOL = simple('bool')
export const INT = simple('int')
export const UINT = simple('uint')
export const DOUBLE = simple('double')
export const STRING = simple('string')
export const BYTES = simple('bytes')
export const TIMESTAMP = simple('timestamp')
export const DURATION = simple('duration')

function simple(kind: Kind, name: string = kind): Type {
  return { kind, name, params: [] }
}

export function listOf(item: Type): Type {
  return { kind: 'list', name: 'list', params: [item] }
}

export function mapOf(key: Type, value: Type): Type {
  return { kind: 'map', name: 'map', params: [key, value] }
}

export function typeOf(type?: Type): Type {
  return { kind: 'type', name: 'type', params: type ? [type] : [] }
}

/** A type with fields. */
export function struct(name: string): Type {
  return { kind: 'struct', name, params: [] }
}

/** A type that only its library looks into. */
export function opaque(name: string, ...params: Type[]): Type {
  return { kind: 'opaque', name, params }
}

export function optionalOf(type: Type): Type {
  return opaque('optional_type', type)
}

export function isOptional(type: Type): boolean {
  return type.kind === 'opaque' && type.name === 'optional_type'
}

export function param(name: string): Type {
  return { kind: 'param', name, params: [] }
}

/** Whether two types are the same, parameters included. */
export function sameType(a: Type, b: Type): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.name === b.name &&
      a.params.length === b.params.length &&
      a.params.every((each, i) => sameType(each, b.params[i]!)))
  )
}

/** As cel-go writes types in errors: `map(string, list(int))`. */
export function formatType({ name, params }: Type): string {
  return params.length === 0 ? name : `${name}(${params.map(formatType).join(', ')})`
}
