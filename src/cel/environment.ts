import type { Declarations, StructType, Structs } from './check/environment.ts'
import { functionsOf } from './check/overload.ts'
import type { Type } from './check/type.ts'
import * as types from './check/type.ts'
import { libraryOverloads, libraryTypes } from './library/all.ts'
import type { DeclaredType } from './schema/declared-type.ts'
import { structsOf } from './schema/declared-type.ts'

/** What expressions of one kind may use: Kubernetes' libraries, and some variables. */
export interface Environment {
  readonly declarations: Declarations
  readonly variables: ReadonlyMap<string, DeclaredType>
}

export interface EnvironmentOptions {
  readonly variables?: Readonly<Record<string, DeclaredType>>
  /** Types with fields that expressions can name, such as `Object` and `JSONPatch` for mutations. */
  readonly structs?: Structs
  /** Whether the items of a list that is written out may be of several types. Kubernetes wants them all of one. */
  readonly mixedLiterals?: boolean
}

/** Declares variables on top of Kubernetes' libraries. Cheap: the libraries are shared. */
export function celEnvironment(options: EnvironmentOptions = {}): Environment {
  const variables = new Map(Object.entries(options.variables ?? {}))
  const found = structsOf(variables.values())
  return {
    variables,
    declarations: {
      variables: new Map([...variables].map(([name, { type }]) => [name, type])),
      functions: FUNCTIONS,
      mixedLiterals: options.mixedLiterals,
      structs: (name): StructType | undefined => found.get(name) ?? options.structs?.(name),
      typeNames: TYPE_NAMES,
    },
  }
}

const FUNCTIONS = functionsOf(libraryOverloads())

const TYPE_NAMES: ReadonlyMap<string, Type> = new Map([
  ['bool', types.BOOL],
  ['int', types.INT],
  ['uint', types.UINT],
  ['double', types.DOUBLE],
  ['string', types.STRING],
  ['bytes', types.BYTES],
  ['null_type', types.NULL],
  ['list', types.listOf(types.DYN)],
  ['map', types.mapOf(types.DYN, types.DYN)],
  ['type', types.typeOf()],
  ['optional_type', types.optionalOf(types.DYN)],
  ['google.protobuf.Timestamp', types.TIMESTAMP],
  ['google.protobuf.Duration', types.DURATION],
  ...libraryTypes().map((type) => [type.name, type] as const),
])
