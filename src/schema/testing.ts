import * as fc from 'fast-check'
import { decode } from './decode.ts'
import { formatDurationNs } from './duration.ts'
import type { FieldInfo, ScalarType } from './field.ts'
import { parseJson } from './json.ts'
import type { MessageClass } from './message.ts'
import { canonicalQuantity } from './quantity.ts'

type Json = Record<string, unknown>

/** How deep random objects go before optional parts are left out. */
const DEPTH_MAX = 5

/** Random objects of a message, in the form that is stored. */
export function arbitraryOf(message: MessageClass): fc.Arbitrary<Json> {
  return messageOf(message, 0).map((value) => decode(message, value, { unknownFields: [] }))
}

/**
 * What is left of an object on the protobuf wire: the apiVersion and kind of an object travel in its envelope alone, and
 * those of objects within it nowhere.
 */
export function withoutUntagged({ fields }: MessageClass, value: Readonly<Json>): Json {
  const entries = Object.entries(value)
    .filter(([name]) => fields[name]!.info.tag > 0)
    .map(([name, each]): [string, unknown] => {
      const { of, shape } = fields[name]!.info
      if (!of) return [name, each]
      if (shape === 'single') return [name, withoutUntagged(of(), each as Json)]
      if (Array.isArray(each))
        return [name, each.map((item) => withoutUntagged(of(), item as Json))]
      const items = Object.entries(each as Record<string, Json>)
      return [
        name,
        Object.fromEntries(items.map(([key, item]) => [key, withoutUntagged(of(), item)])),
      ]
    })
  return Object.fromEntries(entries)
}

function messageOf(message: MessageClass, depth: number): fc.Arbitrary<Json> {
  const fields = Object.entries(message.fields).filter(
    ([, { info }]) => depth < DEPTH_MAX || info.type !== 'message',
  )
  if (fields.length === 0) return fc.constant({})
  // Few fields at once, so that objects stay small and each field gets its turn.
  return fc
    .subarray(fields, { maxLength: Math.min(fields.length, depth === 0 ? 8 : 3) })
    .chain((chosen) =>
      fc.record(
        Object.fromEntries(chosen.map(([name, { info }]) => [name, fieldOf(message, info, depth)])),
        { noNullPrototype: true },
      ),
    )
}

function fieldOf(owner: MessageClass, info: FieldInfo, depth: number): fc.Arbitrary<unknown> {
  const item = itemOf(owner, info, depth)
  // Protobuf cannot tell an empty list from none.
  const min = info.zero === 'kept' ? 1 : 0
  if (info.shape === 'list') return fc.array(item, { minLength: min, maxLength: 2 })
  if (info.shape === 'map') {
    return fc.dictionary(fc.oneof(text, fc.constant('__proto__')), item, {
      minKeys: min,
      maxKeys: 2,
      noNullPrototype: true,
    })
  }
  // Nor a zero port from none, where that is the same in Go.
  return info.type === 'intOrString' && info.zero === 'dropped'
    ? item.filter((value) => value !== 0 && value !== '')
    : item
}

function itemOf(owner: MessageClass, info: FieldInfo, depth: number): fc.Arbitrary<unknown> {
  if (info.type === 'message') return messageOf(info.of!(), depth + 1)
  if (info.enum) return fc.constantFrom(...info.enum)
  const schema = messageOf(owner, depth + 1)
  switch (info.type) {
    case 'jsonSchemaPropsOrArray':
      return fc.oneof(schema, fc.array(schema, { minLength: 1, maxLength: 2 }))
    case 'jsonSchemaPropsOrBool':
      return fc.oneof(schema, fc.boolean())
    case 'jsonSchemaPropsOrStringArray':
      return fc.oneof(schema, fc.array(text, { minLength: 1, maxLength: 2 }))
    default:
      return SCALARS[info.type]
  }
}

const text = fc.string({ unit: 'grapheme', maxLength: 80 })
// Written and read once, so that large integers are as they are read.
const json = fc
  .jsonValue({ maxDepth: 2 })
  .filter((value) => value !== null)
  .map((value) => parseJson(JSON.stringify(value, withinInt64)))
const jsonObject = fc.dictionary(text, json, { maxKeys: 2, noNullPrototype: true })
const seconds = fc.integer({ min: -2_000_000_000, max: 100_000_000_000 })

const SCALARS: Readonly<Record<ScalarType, fc.Arbitrary<unknown>>> = {
  string: text,
  bool: fc.boolean(),
  int32: fc.integer(),
  int64: small(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  uint32: fc.nat(),
  uint64: small(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  float: fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  double: fc.double({ noNaN: true, min: -1e30, max: 1e30 }).map((value) => value + 0),
  byte: fc.nat({ max: 255 }),
  bytes: fc.uint8Array({ maxLength: 10 }).map((bytes) => bytes.toBase64()),
  quantity: fc
    .tuple(fc.nat(), fc.constantFrom('', 'm', 'k', 'Ki', 'Gi', 'e3'))
    .map(([number, suffix]) => canonicalQuantity(`${number}${suffix}`)),
  intOrString: fc.oneof(fc.integer(), text),
  time: seconds.map((each) => `${iso(each)}Z`),
  microTime: fc
    .tuple(seconds, fc.nat({ max: 999_999 }))
    .map(([each, micros]) => `${iso(each)}.${String(micros).padStart(6, '0')}Z`),
  duration: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }).map(formatDurationNs),
  rawExtension: jsonObject,
  fieldsV1: jsonObject,
  json,
  stringList: fc.array(text, { maxLength: 2 }),
  jsonSchemaPropsOrArray: json,
  jsonSchemaPropsOrBool: json,
  jsonSchemaPropsOrStringArray: json,
}

/** Go has no integer for what is larger, and CBOR cannot tell it from one. */
function withinInt64(_key: string, value: unknown): unknown {
  return typeof value === 'number' && Math.abs(value) >= 2 ** 63 ? 0 : value
}

function small(number: fc.Arbitrary<bigint>): fc.Arbitrary<number | bigint> {
  return number.map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value))
}

function iso(each: number): string {
  return new Date(each * 1000).toISOString().slice(0, 19)
}
