import * as types from '../check/type.ts'
import { quantityFrom } from '../library/quantity.ts'
import { semverFrom } from '../library/semver.ts'
import { CelError, EntryMap, MapValue, type Result, type Value } from '../values/value.ts'
import { DYN, scalar, type DeclaredType } from './declared-type.ts'
import { declareMap, declareStruct, STRING } from './declare.ts'
import { JsonList, JsonMap, type Convert } from './json-values.ts'

const QUANTITY: DeclaredType = {
  ...scalar(types.struct('kubernetes.Quantity')),
  toValue: (json) => orNull(quantityFrom(String(json))),
}

/**
 * The variable `device` of selectors of devices (KEP-4381): its `driver`, and its `attributes` and `capacity` by domain
 * and then by name. JSON: `{ driver, attributes: { DOMAIN: { NAME: DeviceAttribute } }, capacity: { DOMAIN: { NAME:
 * QUANTITY } } }`. A domain that the device has nothing of is an empty map, but not `in` the domains.
 */
export const DEVICE: DeclaredType = declareStruct('kubernetes.DRADevice', {
  driver: STRING,
  attributes: domains(DYN, attributeValue),
  capacity: domains(QUANTITY, QUANTITY.toValue),
})

function domains(item: DeclaredType, convert: Convert): DeclaredType {
  const inner = declareMap(item)
  return {
    ...declareMap(inner),
    toValue: (json) =>
      new DomainMap(json as Json, (values) => new JsonMap(values as Json, convert)),
  }
}

type Json = Readonly<Record<string, unknown>>

/** Looks up any domain; `in` alone tells of which there is something. */
class DomainMap extends MapValue {
  readonly #known: JsonMap

  constructor(json: Json, convert: Convert) {
    super()
    this.#known = new JsonMap(json, convert)
  }

  get size(): number {
    return this.#known.size
  }

  get(key: Value): Result | undefined {
    return this.#known.get(key) ?? (typeof key === 'string' ? NOTHING : undefined)
  }

  override has(key: Value): boolean {
    return this.#known.has(key)
  }

  override isPresent(field: string): boolean {
    return this.get(field) !== undefined
  }

  keys(): Iterable<Value> {
    return this.#known.keys()
  }
}

const NOTHING = new EntryMap()

/** The one value that an attribute has. */
function attributeValue(json: unknown): Value {
  const [[type, value] = []] = Object.entries(json as Json)
  switch (type) {
    case 'int':
      return BigInt(value as number | bigint)
    case 'version':
      return orNull(semverFrom(value as string))
    case 'ints':
      return new JsonList(value as readonly unknown[], (each) => BigInt(each as number | bigint))
    case 'versions':
      return new JsonList(value as readonly unknown[], (each) => orNull(semverFrom(each as string)))
    case 'bools':
    case 'strings':
      return new JsonList(value as readonly unknown[], (each) => each as Value)
    default:
      return (value ?? null) as Value
  }
}

// What the API server has taken is well formed.
function orNull(result: Result): Value {
  return result instanceof CelError ? null : result
}
