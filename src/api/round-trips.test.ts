import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeCbor, encodeCbor } from '../schema/cbor.ts'
import { decode, DecodeError } from '../schema/decode.ts'
import { encodeJson, parseJson } from '../schema/json.ts'
import { decodeMessage, encodeProtobuf, unwrap } from '../schema/protobuf.ts'
import { apiVersionOf, type ResourceClass } from '../schema/resource.ts'
import { arbitraryOf, withoutUntagged } from '../schema/testing.ts'
import { convert } from './conversion.ts'
import { Pod } from './core/v1/pod.ts'
import { OPTIONAL_VERSIONS, SERVED_RESOURCES, storageClassOf } from './resources.ts'

type Json = Readonly<Record<string, unknown>>
type Kinded = Json & { readonly apiVersion: string; readonly kind: string }

const optional = await Promise.all(OPTIONAL_VERSIONS.map(({ load }) => load()))
const KINDS = [...SERVED_RESOURCES, ...optional.flatMap(({ resources }) => resources)]
const RUNS = 10

/** Each encoding, there and back: a body is decoded as the API server decodes it. */
const ENCODINGS: Readonly<Record<string, (type: ResourceClass, object: Kinded) => unknown>> = {
  JSON: (type, object) => decode(type, parseJson(encodeJson(object)), { unknownFields: [] }),
  protobuf: (type, object) => {
    const { apiVersion, kind, raw } = unwrap(encodeProtobuf(type, object))
    return { apiVersion, kind, ...decodeMessage(type, raw) }
  },
  CBOR: (type, object) => decode(type, decodeCbor(encodeCbor(object, type)), { unknownFields: [] }),
}

function nameOf({ resource }: ResourceClass): string {
  return `${apiVersionOf(resource)} ${resource.kind}`
}

function arbitraryKind(type: ResourceClass): fc.Arbitrary<Kinded> {
  const { resource } = type
  const typeMeta = { apiVersion: apiVersionOf(resource), kind: resource.kind }
  return arbitraryOf(type).map((object) => ({ ...object, ...typeMeta }))
}

for (const [encoding, thereAndBack] of Object.entries(ENCODINGS)) {
  test(`every kind survives ${encoding}`, () => {
    for (const type of KINDS) {
      fc.assert(
        fc.property(arbitraryKind(type), (object) => {
          const { apiVersion, kind } = object
          const kept = { ...withoutUntagged(type, object), apiVersion, kind }
          const expected = encoding === 'protobuf' ? kept : object
          assert.deepEqual(thereAndBack(type, object), expected, nameOf(type))
        }),
        { numRuns: RUNS },
      )
    }
  })

  test(`${encoding} keeps the largest integers, and every key`, () => {
    const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const labels = Object.fromEntries(keys.map((key) => [key, `a ${key}`]))
    for (const seconds of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 2 ** 53 - 1]) {
      const object = decode(
        Pod,
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'a', labels, generation: seconds },
          spec: { containers: [], terminationGracePeriodSeconds: seconds, nodeSelector: labels },
        },
        { unknownFields: [] },
      ) as Kinded
      const back = thereAndBack(Pod, object) as Pod
      assert.deepEqual(back, object)
      assert.equal(back.spec.terminationGracePeriodSeconds, seconds)
      assert.deepEqual(Object.keys(back.metadata.labels!).toSorted(), keys.toSorted())
      assert.equal(Object.getPrototypeOf(back.metadata.labels), Object.prototype)
    }
  })
}

test('decoding takes any JSON: what has the wrong type is told, and nothing else goes wrong', () => {
  for (const type of KINDS) {
    const damaged = fc
      .tuple(arbitraryKind(type), fc.jsonValue({ maxDepth: 3 }), fc.nat())
      .map(([object, value, place]) => withValueAt(object, value, place))
    fc.assert(
      fc.property(fc.oneof(damaged, fc.jsonValue()), (value) => {
        try {
          decode(type, value, { unknownFields: [] })
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error))
        }
      }),
      { numRuns: RUNS },
    )
  }
})

test('what one version of a kind says comes back from the version that is stored', () => {
  const others = KINDS.filter((type) => storageClassOf(type) !== type)
  assert.ok(others.length > 15)
  for (const type of others) {
    const stored = storageClassOf(type)
    fc.assert(
      fc.property(arbitraryKind(type), (object) => {
        const back = converted(converted(object, type, stored), stored, type)
        assert.equal(back.apiVersion, object.apiVersion)
        // Go's zero values may have come in on the first way; from then on nothing changes.
        const again = converted(converted(back, type, stored), stored, type)
        assert.deepEqual(again, back, nameOf(type))
      }),
      { numRuns: RUNS },
    )
  }
})

/** In another version, without what has no place there. */
function converted(object: Kinded, from: ResourceClass, to: ResourceClass): Kinded {
  const there = convert(object, from as ResourceClass<Json>, to as ResourceClass<Json>)
  const decoding = { unknownFields: [] }
  const decoded = decode(to, there, decoding) as Kinded
  assert.deepEqual(decoding.unknownFields, [], nameOf(to))
  return decoded
}

/** The object with one of its values, however deep, replaced. */
function withValueAt(object: unknown, value: unknown, place: number): unknown {
  if (typeof object !== 'object' || object === null) return value
  const keys = Object.keys(object)
  if (keys.length === 0 || place === 0) return value
  const key = keys[place % keys.length]!
  const copy = (Array.isArray(object) ? [...object] : { ...object }) as Record<string, unknown>
  const changed = withValueAt(copy[key], value, Math.floor(place / keys.length))
  Object.defineProperty(copy, key, { value: changed, enumerable: true, configurable: true })
  return copy
}
