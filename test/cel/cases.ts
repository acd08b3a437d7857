import type { Type } from '../../src/cel/check/type.ts'
import * as types from '../../src/cel/check/type.ts'
import { Uint } from '../../src/cel/values/number.ts'
import { Duration, parseDuration, parseTimestamp } from '../../src/cel/values/time.ts'
import type { Value } from '../../src/cel/values/value.ts'
import { ArrayList, EntryMap, TypeValue } from '../../src/cel/values/value.ts'

/** The cases of the specification as @bufbuild/cel-spec carries them: protobuf's JSON of cel.expr.conformance.test. */
export interface Suite {
  readonly name: string
  readonly suites?: readonly Suite[]
  readonly tests?: readonly Case[]
}

export interface Case {
  readonly original: {
    readonly name?: string
    readonly expr: string
    readonly container?: string
    readonly disableCheck?: boolean
    readonly checkOnly?: boolean
    readonly typeEnv?: readonly {
      readonly name: string
      readonly ident?: { readonly type: CaseType }
    }[]
    readonly bindings?: Readonly<Record<string, { readonly value: CaseValue }>>
    readonly value?: CaseValue
    readonly typedResult?: { readonly result?: CaseValue; readonly deducedType: CaseType }
    readonly evalError?: unknown
    readonly anyEvalErrors?: unknown
  }
}

export interface CaseType {
  readonly primitive?: string
  readonly wellKnown?: string
  readonly null?: unknown
  readonly type?: CaseType
  readonly listType?: { readonly elemType: CaseType }
  readonly mapType?: { readonly keyType: CaseType; readonly valueType: CaseType }
  readonly abstractType?: { readonly name: string; readonly parameterTypes: readonly CaseType[] }
}

export interface CaseValue {
  readonly int64Value?: string
  readonly uint64Value?: string
  readonly doubleValue?: number | string
  readonly boolValue?: boolean
  readonly stringValue?: string
  readonly bytesValue?: string
  readonly typeValue?: string
  readonly listValue?: { readonly values?: readonly CaseValue[] }
  readonly mapValue?: {
    readonly entries?: readonly { readonly key: CaseValue; readonly value: CaseValue }[]
  }
  readonly objectValue?: { readonly '@type': string; readonly value: string }
}

const PRIMITIVES: Readonly<Record<string, Type>> = {
  INT64: types.INT,
  UINT64: types.UINT,
  BOOL: types.BOOL,
  DOUBLE: types.DOUBLE,
  STRING: types.STRING,
  BYTES: types.BYTES,
}

export function typeOfCase(type: CaseType): Type {
  const { primitive, wellKnown, listType, mapType, abstractType } = type
  if (primitive !== undefined) return PRIMITIVES[primitive]!
  if (wellKnown !== undefined) return wellKnown === 'TIMESTAMP' ? types.TIMESTAMP : types.DURATION
  if (listType) return types.listOf(typeOfCase(listType.elemType))
  if (mapType) return types.mapOf(typeOfCase(mapType.keyType), typeOfCase(mapType.valueType))
  if (abstractType) {
    return types.opaque(abstractType.name, ...abstractType.parameterTypes.map(typeOfCase))
  }
  if (type.type) return types.typeOf(typeOfCase(type.type))
  return 'null' in type ? types.NULL : types.DYN
}

export function valueOfCase(value: CaseValue): Value {
  if (value.int64Value !== undefined) return BigInt(value.int64Value)
  if (value.uint64Value !== undefined) return new Uint(BigInt(value.uint64Value))
  if (value.doubleValue !== undefined) return Number(value.doubleValue)
  if (value.bytesValue !== undefined) return Uint8Array.fromBase64(value.bytesValue)
  if (value.typeValue !== undefined) return new TypeValue(value.typeValue)
  if (value.listValue) return new ArrayList((value.listValue.values ?? []).map(valueOfCase))
  if (value.mapValue) {
    const map = new EntryMap()
    for (const entry of value.mapValue.entries ?? []) {
      map.insert(valueOfCase(entry.key), valueOfCase(entry.value))
    }
    return map
  }
  if (value.objectValue) return timeOf(value.objectValue)
  return value.boolValue ?? value.stringValue ?? null
}

function timeOf({ '@type': type, value }: { '@type': string; value: string }): Value {
  return type.endsWith('Duration')
    ? (parseDuration(value) ?? new Duration(0n))
    : parseTimestamp(value)
}
