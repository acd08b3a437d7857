import { CustomResourceDefinition } from '../../../src/api/apiextensions/v1/index.ts'
import { Pod, Secret } from '../../../src/api/core/v1/index.ts'
import { messageSchema, type BodySchema } from '../../../src/apimachinery/body-schema.ts'
import { decodeBody, type Decoded } from '../../../src/apimachinery/codec.ts'
import { equal } from '../../../src/apimachinery/equality.ts'
import { randomInt, type Random } from '../../../src/base/random.ts'
import { encodeCbor } from '../../../src/schema/cbor.ts'
import { encodeJson } from '../../../src/schema/json.ts'
import { encodeProtobuf } from '../../../src/schema/protobuf.ts'
import type { ResourceClass } from '../../../src/schema/resource.ts'
import { mutateValue } from '../mutate-value.ts'
import { pick } from '../mutate.ts'
import { bytesOf, isClientError, textOf, type Target } from '../target.ts'
import { DEFINITION, POD, SECRET } from './samples.ts'

interface Sample {
  readonly object: Readonly<Record<string, unknown>>
  readonly schema: BodySchema
}

function sample(resource: ResourceClass, object: Sample['object']): Sample {
  return { object, schema: messageSchema(resource, resource.resource) }
}

const SAMPLES: readonly Sample[] = [
  sample(Pod, POD),
  sample(Secret, SECRET),
  sample(CustomResourceDefinition, DEFINITION),
]
const VALIDATIONS = ['Ignore', 'Warn', 'Strict'] as const
const CHANGES_MAX = 3

interface Encoding {
  readonly name: string
  readonly contentType: string
  readonly tokens: readonly string[]
  readonly encode: (object: Sample['object'], schema: BodySchema) => Uint8Array
}

const ENCODINGS: readonly Encoding[] = [
  {
    name: 'JSON',
    contentType: 'application/json',
    tokens: [
      '{"',
      '":',
      '[',
      ']',
      '}',
      ',',
      'null',
      '-0',
      '1e400',
      '\\ud800',
      '"__proto__":{"a":1}',
      '\\u0000',
    ],
    encode: (object) => bytesOf(encodeJson(object)),
  },
  {
    name: 'protobuf',
    contentType: 'application/vnd.kubernetes.protobuf',
    tokens: ['k8s\0', '\n', '\u0012', '\u001a', '\u007f', '\u0010\u0001', '__proto__'],
    encode: ({ apiVersion, kind, ...object }, schema) =>
      encodeProtobuf(schema.message!, {
        ...(schema.decode(object).object as object),
        apiVersion: String(apiVersion),
        kind: String(kind),
      }),
  },
  {
    name: 'CBOR',
    contentType: 'application/cbor',
    tokens: ['\u0000', '\u001f', '\u0040', '\u0060', '\u007f', 'I__proto__', '__proto__'],
    encode: (object) => encodeCbor(object),
  },
]

/** Bodies of requests in each encoding, read as any of a few kinds. */
const ENCODED: readonly Target[] = ENCODINGS.map((encoding) => ({
  name: `${encoding.name} bodies`,
  seeds: SAMPLES.map(({ object, schema }) => encoding.encode(object, schema)),
  tokens: encoding.tokens,
  generate: (random) => generate(random, encoding),
  read: (bytes) => readAs(bytes, encoding.contentType),
  isRefusal: isClientError,
}))

// Short, and made by changing bytes alone: YAML takes a hundred times as long to read and write as JSON.
const yaml: Target = {
  name: 'YAML bodies',
  seeds: [
    'kind: Pod\nmetadata: {name: a, labels: {b: "c"}}\nspec:\n  containers:\n  - name: c\n    image: i\n',
    'kind: Secret\nmetadata:\n  name: &n a\nstringData:\n  x: *n\n  y: |\n    text\n  z: >-\n    more\n',
    'kind: Pod\nspec: &s\n  nodeSelector: &t {a: b}\n  <<: {hostNetwork: true}\n  priority: 0x1f # c\n',
    '--- # first\n? kind\n: Secret\ndata: {"l": \'AA==\'}\n...\n',
  ].map(bytesOf),
  tokens: [
    '&a ',
    '*a',
    '<<: *a',
    '- ',
    '? ',
    ': ',
    '!!binary ',
    '!!float ',
    '|\n',
    '>-\n',
    '%YAML 1.1\n',
    '---\n',
    '...\n',
    '\t',
    '#',
    '{',
    '[',
    '.inf',
    '0o7',
    '~',
    '"\\x',
    '__proto__: ',
  ],
  bytesMax: 500,
  read: (bytes) => readAs(bytes, 'application/yaml'),
  isRefusal: isClientError,
}

export const BODIES: readonly Target[] = [...ENCODED, yaml]

function generate(random: Random, { encode }: Encoding): Uint8Array {
  const { object, schema } = pick(random, SAMPLES)
  let value: unknown = object
  for (let left = 1 + randomInt(random, CHANGES_MAX); left > 0; left--) {
    value = mutateValue(random, value)
  }
  try {
    return encode(value as Sample['object'], schema)
  } catch {
    return encode(object, schema) // What cannot be declared cannot be written in protobuf.
  }
}

/** As the path of a request would tell: the kind that is named in the body, whatever its encoding. */
function schemaFor(text: string): BodySchema {
  return (SAMPLES.find(({ schema }) => text.includes(schema.kind.kind)) ?? SAMPLES[0]!).schema
}

function readAs(bytes: Uint8Array, contentType: string): Decoded {
  const schema = schemaFor(textOf(bytes))
  const fieldValidation = VALIDATIONS[bytes.length % VALIDATIONS.length]!
  const body = { contentType, acceptsCbor: true }
  const decoded = decodeBody(schema, { ...body, bytes }, fieldValidation)
  // What was read is stored as JSON, and must be read from there as the same.
  const json = { contentType: 'application/json', bytes: bytesOf(encodeJson(decoded.object)) }
  const again = decodeBody(schema, json, 'Ignore')
  if (!equal(again.object, decoded.object)) {
    throw new Error(`what is stored is read as something else: ${encodeJson(again.object)}`)
  }
  return decoded
}
