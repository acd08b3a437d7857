import type { StructType } from '../check/environment.ts'
import * as types from '../check/type.ts'
import { display } from '../values/display.ts'
import type { Result, Value } from '../values/value.ts'
import { ListValue, MapValue } from '../values/value.ts'

/** An object that an expression has made: `Object{...}` or `JSONPatch{...}`. */
class StructValue extends MapValue {
  readonly #name: string
  readonly #fields: ReadonlyMap<string, Value>

  constructor(name: string, fields: ReadonlyMap<string, Value>) {
    super()
    this.#name = name
    this.#fields = fields
  }

  override get typeName(): string {
    return this.#name
  }

  get size(): number {
    return this.#fields.size
  }

  get(key: Value): Result | undefined {
    return typeof key === 'string' ? this.#fields.get(key) : undefined
  }

  keys(): Iterable<Value> {
    return this.#fields.keys()
  }
}

const PATCH_FIELDS: ReadonlyMap<string, types.Type> = new Map([
  ['op', types.STRING],
  ['path', types.STRING],
  ['from', types.STRING],
  ['value', types.DYN],
])

/**
 * The types that mutations make: `Object` and, below it, `Object.spec` and so on, with any fields; and `JSONPatch`.
 * For `celEnvironment({ structs: mutationStructs })`.
 */
export function mutationStructs(name: string): StructType | undefined {
  const make = (fields: ReadonlyMap<string, Value>): Result => new StructValue(name, fields)
  if (name === 'JSONPatch') return { field: (field) => PATCH_FIELDS.get(field), make }
  if (name !== 'Object' && !name.startsWith('Object.')) return undefined
  return { field: () => types.DYN, make }
}

export const OBJECT_TYPE = types.struct('Object')
export const JSON_PATCH_TYPE = types.struct('JSONPatch')

/** Parts of an `Object` whose type does not say where they lie: `Object.metadata{}` in a field `spec`. */
export function misplacedTypes(value: Value, path = 'Object'): string[] {
  if (value instanceof ListValue) return [...value].flatMap((item) => misplacedTypes(item, path))
  if (!(value instanceof MapValue)) return []
  const { typeName } = value
  const isWrong = value instanceof StructValue && typeName !== path
  const problem = `unexpected type name "${typeName}", expected "${path}", which matches field name path from root Object type`
  return isWrong ? [problem] : misplacedFields(value, path)
}

function misplacedFields(value: MapValue, path: string): string[] {
  return [...value.keys()].flatMap((key) => {
    const field = value.get(key) as Value
    return misplacedTypes(field, value.typeName === undefined ? path : `${path}.${display(key)}`)
  })
}
