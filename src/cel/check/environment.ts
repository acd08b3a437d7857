import type { Result, Value } from '../values/value.ts'
import type { Functions } from './overload.ts'
import type { Type } from './type.ts'

/** What an expression may refer to. */
export interface Declarations {
  readonly variables: ReadonlyMap<string, Type>
  readonly functions: Functions
  /** Types that have fields. */
  readonly structs: Structs
  /** Names of types as values, such as `int` in `type(x) == int`. */
  readonly typeNames: ReadonlyMap<string, Type>
  /** Whether the items of a list that is written out may be of several types. Kubernetes wants them all of one. */
  readonly mixedLiterals?: boolean | undefined
}

/** Finds types with fields by name. */
export type Structs = (name: string) => StructType | undefined

/** A type with fields. */
export interface StructType {
  /** The type of a field; undefined where there is none of that name. */
  field(name: string): Type | undefined
  /** Makes a value, `Name{field: value}`; undefined where expressions cannot. */
  readonly make?: (fields: ReadonlyMap<string, Value>) => Result
}
