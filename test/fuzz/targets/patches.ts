import { Pod } from '../../../src/api/core/v1/index.ts'
import { messageSchema } from '../../../src/apimachinery/body-schema.ts'
import { decodeBody, decodeObject } from '../../../src/apimachinery/codec.ts'
import {
  readApplyPatch,
  readCborApplyPatch,
  type ReadApplyPatch,
} from '../../../src/apimachinery/managed-fields/apply-body.ts'
import { applyPatch } from '../../../src/apimachinery/managed-fields/apply.ts'
import { managedType } from '../../../src/apimachinery/managed-fields/managed-type.ts'
import { updateManagedFields } from '../../../src/apimachinery/managed-fields/update.ts'
import {
  JSON_PATCH_TYPE,
  MERGE_PATCH_TYPE,
  STRATEGIC_MERGE_PATCH_TYPE,
} from '../../../src/apimachinery/media-types.ts'
import type { JsonObject } from '../../../src/apimachinery/patch/json-object.ts'
import { readPatch } from '../../../src/apimachinery/patch/patch-body.ts'
import { StatusError } from '../../../src/apimachinery/status-error.ts'
import { encodeYaml } from '../../../src/apimachinery/yaml.ts'
import { randomInt, type Random } from '../../../src/base/random.ts'
import { encodeCbor } from '../../../src/schema/cbor.ts'
import { encodeJson } from '../../../src/schema/json.ts'
import { mutateValue } from '../mutate-value.ts'
import { pick } from '../mutate.ts'
import { bytesOf, isClientError, only, type Target } from '../target.ts'
import { POD } from './samples.ts'

const SCHEMA = messageSchema(Pod, Pod.resource)
const TYPE = managedType(Pod, { resetFields: ['status'] })
const CURRENT = decodeObject(SCHEMA, POD).object
const CHANGES_MAX = 3

/** Answers with one of the samples, changed a little, as bytes. */
function generator(samples: readonly unknown[], encode: (value: unknown) => Uint8Array) {
  return (random: Random): Uint8Array => {
    let value = pick(random, samples)
    for (let left = randomInt(random, CHANGES_MAX + 1); left > 0; left--) {
      value = mutateValue(random, value)
    }
    return encode(value)
  }
}

const toJson = (value: unknown): Uint8Array => bytesOf(encodeJson(value))

function patchTarget(
  name: string,
  mediaType: string,
  samples: readonly unknown[],
  tokens: readonly string[],
): Target {
  return {
    name,
    seeds: samples.map(toJson),
    tokens,
    generate: generator(samples, toJson),
    read(body) {
      const before = encodeJson(CURRENT)
      const fieldValidation = body.length % 2 === 0 ? 'Strict' : 'Warn'
      const patch = readPatch({ schema: SCHEMA, mediaType, body, fieldValidation })
      const patched = patch(CURRENT).object
      if (encodeJson(CURRENT) !== before) throw new Error('the object itself was changed')
      if (encodeJson(patch(CURRENT).object) !== encodeJson(patched)) {
        throw new Error('the second time it gives something else')
      }
      return patched
    },
    isRefusal: isClientError,
  }
}

const OPERATIONS = [
  { op: 'add', path: '/metadata/labels/b', value: 'c' },
  { op: 'remove', path: '/spec/containers/0/env/1' },
  { op: 'replace', path: '/spec/containers/0/image', value: 'j' },
  { op: 'move', from: '/metadata/labels/app', path: '/metadata/annotations/a~1b' },
  { op: 'copy', from: '/spec/volumes/-1', path: '/spec/volumes/-' },
  { op: 'test', path: '/spec/nodeSelector', value: { a: 'b' } },
]
const MERGES = [
  { metadata: { labels: { app: null, b: 'c' } }, spec: { nodeSelector: null } },
  { spec: { containers: [{ name: 'c', image: 'j' }] } },
]
const STRATEGIC = [
  ...MERGES,
  { spec: { containers: [{ name: 'c', env: [{ $patch: 'delete', name: 'A' }] }] } },
  {
    spec: { '$setElementOrder/volumes': [{ name: 's' }, { name: 'v' }], volumes: [{ name: 'v' }] },
  },
  {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['x.io/a'] },
    spec: { $retainKeys: ['containers'] },
  },
  { spec: { containers: [{ $patch: 'replace' }, { name: 'd', image: 'k' }] } },
]
const DIRECTIVES = [
  '"$patch":',
  '"$retainKeys":',
  '"$setElementOrder/',
  '"$deleteFromPrimitiveList/',
]

const APPLIED = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', labels: { b: 'c' }, finalizers: ['y.io/b'] },
  spec: { containers: [{ name: 'c', env: [{ name: 'C', value: 'x' }] }], nodeSelector: { z: 'y' } },
}
const T0 = '2026-01-01T00:00:00Z'

const MANAGED = {
  ...POD,
  metadata: {
    ...POD.metadata,
    managedFields: [
      {
        manager: 'kubectl',
        operation: 'Apply',
        apiVersion: 'v1',
        time: T0,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': {
            'f:labels': { '.': {}, 'f:app': {} },
            'f:finalizers': { 'v:"x.io/a"': {} },
          },
          'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {} }, 'i:0': {} } },
        },
      },
    ],
  },
}

/** An object that somebody has applied already. */
const OWNED = decodeObject(SCHEMA, MANAGED, 'Ignore').object

function readApplied(body: Uint8Array, read: (body: Uint8Array) => ReadApplyPatch): JsonObject {
  const { applied } = read(body)
  return applyPatch(TYPE, { applied, live: OWNED, manager: 'kubectl', force: true, time: T0 })
}

// Upstream answers with 500, too, where what is applied does not fit the schema.
const isRefusal = only(StatusError)
const WORDS = ['containers', 'managedFields', 'name', '__proto__', 'null', '{}', '[]']

const applyYaml: Target = {
  name: 'apply patches in YAML',
  seeds: [bytesOf(encodeYaml(APPLIED))],
  tokens: [...WORDS, '&a ', '*a', '- ', ': ', '\n  '],
  bytesMax: 300,
  read: (body) =>
    readApplied(body, () => readApplyPatch(body, body.length % 3 === 0 ? 'Strict' : 'Warn')),
  isRefusal,
}

const applyCbor: Target = {
  name: 'apply patches in CBOR',
  seeds: [POD, APPLIED].map((object) => encodeCbor(object)),
  tokens: WORDS,
  generate: generator([POD, APPLIED], (value) => encodeCbor(value)),
  read: (body) => readApplied(body, readCborApplyPatch),
  isRefusal,
}

/** What a client says of who owns which field, which it may change as it likes. */
const managedFields: Target = {
  name: 'managed fields',
  seeds: [toJson(MANAGED)],
  tokens: ['"f:', '"k:{\\"name\\":\\"c\\"}":', '"v:', '"i:', '".":{}', '"FieldsV1"', '"Update"'],
  generate: generator([MANAGED], toJson),
  read(bytes) {
    const { object } = decodeBody(SCHEMA, { bytes, contentType: 'application/json' }, 'Ignore')
    const updated = updateManagedFields(TYPE, OWNED, object, { manager: 'b', time: T0 })
    const ask = { applied: APPLIED, manager: 'kubectl', force: true, time: T0 }
    return applyPatch(TYPE, { ...ask, live: updated })
  },
  isRefusal,
}

export const PATCHES: readonly Target[] = [
  patchTarget(
    'JSON patches',
    JSON_PATCH_TYPE,
    [OPERATIONS, ...OPERATIONS.map((each) => [each])],
    [
      '{"op":"copy","from":"","path":"/metadata/annotations/x"},',
      '/-',
      '/0',
      '~0',
      '~1',
      '/__proto__/a',
      '/constructor/prototype',
    ],
  ),
  patchTarget('merge patches', MERGE_PATCH_TYPE, MERGES, ['"__proto__":', ':null', '{"spec":']),
  patchTarget('strategic merge patches', STRATEGIC_MERGE_PATCH_TYPE, STRATEGIC, DIRECTIVES),
  applyYaml,
  applyCbor,
  managedFields,
]
