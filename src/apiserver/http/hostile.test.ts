import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ConfigMap } from '../../api/core/v1/index.ts'
import { CustomResourceDefinition } from '../../api/apiextensions/v1/index.ts'
import { kubernetesFeatures } from '../../api/features.ts'
import { encodeCbor } from '../../schema/cbor.ts'
import { encodeProtobuf, wrap } from '../../schema/protobuf.ts'
import { ask1, type Answer, type Ask } from '../../serving/testing.node.ts'
import { httpsTestServer, type HttpsTestServer } from './testing.node.ts'

const PATH = '/api/v1/namespaces/default/configmaps'
const MIB = 1024 * 1024

function server(t: TestContext): Promise<HttpsTestServer> {
  return httpsTestServer(t, { features: kubernetesFeatures({ CBORServingAndStorage: true }) })
}

interface Outcome {
  readonly code: number
  readonly message: string
  readonly warnings: string
}

async function send(
  { port, pki }: HttpsTestServer,
  body: string | Uint8Array,
  type: string,
  { path = PATH, ...more }: Ask & { readonly path?: string } = {},
): Promise<Outcome> {
  const { certPem: cert, keyPem: key } = pki.superAdmin
  const headers = { 'content-type': type, ...more.headers }
  const answer: Answer = await ask1(port, path, {
    method: 'POST',
    ...more,
    headers,
    body,
    cert,
    key,
  })
  const { message = '' } = JSON.parse(answer.body.toString()) as { readonly message?: string }
  return { code: answer.status, message, warnings: answer.headers.warning ?? '' }
}

const JSON_TYPE = 'application/json'
const YAML_TYPE = 'application/yaml'
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf'
const CBOR_TYPE = 'application/cbor'

function hex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(' ', ''))
}

const PROTOBUF = encodeProtobuf(ConfigMap, {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a' },
  data: { a: 'b' },
})

const UNRECOGNIZED = 'the object provided is unrecognized (must be of type ConfigMap): '
const HANDLED = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: '
const PARSE = `${UNRECOGNIZED}couldn't get version/kind; json parse error: `

type Case = readonly [type: string, what: string, body: string | Uint8Array, start: string]

/** Bodies that are refused with 400, and with which words the refusal begins. */
const REFUSED: readonly Case[] = [
  [JSON_TYPE, 'nothing', '', `${PARSE}unexpected end of JSON input (<empty>)`],
  [JSON_TYPE, 'half an object', '{"kind":"Conf', `${PARSE}unexpected end of JSON input`],
  [JSON_TYPE, 'no JSON', 'kind: x', `${PARSE}invalid character 'k' looking for beginning of value`],
  [JSON_TYPE, 'two values', '{}{}', `${PARSE}invalid character '{' after top-level value`],
  [JSON_TYPE, 'a list', '[]', `${PARSE}json: cannot unmarshal array into Go value of type struct`],
  [JSON_TYPE, 'compressed JSON', gzipSync('{}'), `${PARSE}invalid character '\\x1f' looking for`],
  [JSON_TYPE, 'lists in lists', '['.repeat(100_000), `${PARSE}exceeded max depth`],
  [JSON_TYPE, 'objects in objects', '{"a":'.repeat(100_000), `${PARSE}exceeded max depth`],
  [JSON_TYPE, 'NaN', '{"data":{"a":NaN}}', `${PARSE}invalid character 'N' looking for beginning`],
  [
    JSON_TYPE,
    'a number for a text',
    '{"data":{"a":1}}',
    `${HANDLED}json: cannot unmarshal number into Go struct field ConfigMap.data of type string`,
  ],
  [
    JSON_TYPE,
    'a huge number',
    `{"data":{"a":${'9'.repeat(400)}}}`,
    `${PARSE}json: cannot unmarshal number 9999`,
  ],
  [JSON_TYPE, 'too large an exponent', '{"x":1e999}', PARSE],
  [
    JSON_TYPE,
    'a list for an object',
    '{"metadata":[]}',
    `${HANDLED}json: cannot unmarshal array into Go struct field ConfigMap.metadata of type v1.ObjectMeta`,
  ],
  [
    JSON_TYPE,
    'a wrong kind',
    '{"kind":7}',
    `${PARSE}json: cannot unmarshal number into Go struct field .kind of type string`,
  ],
  [
    JSON_TYPE,
    'another kind',
    '{"kind":"Pod","apiVersion":"v1"}',
    'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
  ],
  [
    JSON_TYPE,
    'a version that is none',
    '{"apiVersion":"a/b/c"}',
    `${UNRECOGNIZED}unexpected GroupVersion string: a/b/c`,
  ],
  [YAML_TYPE, 'a tab', 'a:\n\tb: c', `${UNRECOGNIZED}yaml: `],
  [YAML_TYPE, 'half a list', 'a: [b', `${UNRECOGNIZED}yaml: `],
  [
    YAML_TYPE,
    'a bomb of aliases',
    bomb(),
    `${UNRECOGNIZED}yaml: document contains excessive aliasing`,
  ],
  [
    YAML_TYPE,
    'an alias of itself',
    'a: &a [*a]',
    `${UNRECOGNIZED}yaml: anchor 'a' value contains itself`,
  ],
  [YAML_TYPE, 'an alias of nothing', 'a: *b', `${UNRECOGNIZED}yaml: unknown anchor 'b' referenced`],
  [YAML_TYPE, 'lists in lists', '['.repeat(20_000), `${UNRECOGNIZED}yaml: `],
  [YAML_TYPE, 'maps in maps', '{a: '.repeat(20_000), `${UNRECOGNIZED}yaml: `],
  [YAML_TYPE, 'lists in lists by lines', '- '.repeat(20_000), `${UNRECOGNIZED}yaml: `],
  [YAML_TYPE, 'a list', '- a', `${PARSE}json: cannot unmarshal array into Go value of type struct`],
  [
    YAML_TYPE,
    'a text',
    'hello',
    `${PARSE}json: cannot unmarshal string into Go value of type struct`,
  ],
  [YAML_TYPE, 'NaN', 'data: {a: .nan, b: [.inf]}', HANDLED],
  [PROTOBUF_TYPE, 'nothing', '', `${UNRECOGNIZED}empty data (<empty>)`],
  [
    PROTOBUF_TYPE,
    'no magic',
    'hello',
    `${UNRECOGNIZED}provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]`,
  ],
  [PROTOBUF_TYPE, 'magic alone', hex('6b387300'), `${UNRECOGNIZED}empty body`],
  [PROTOBUF_TYPE, 'half an envelope', PROTOBUF.subarray(0, 12), `${UNRECOGNIZED}unexpected EOF`],
  [
    PROTOBUF_TYPE,
    'half an object',
    wrap('v1', 'ConfigMap', hex('0a7f')),
    `${UNRECOGNIZED}unexpected EOF`,
  ],
  [
    PROTOBUF_TYPE,
    'an endless number',
    wrap('v1', 'ConfigMap', hex('0aff ffff ffff ffff ffff ff')),
    `${UNRECOGNIZED}proto: integer overflow`,
  ],
  [
    PROTOBUF_TYPE,
    'a tag of 0',
    wrap('v1', 'ConfigMap', hex('0001')),
    `${UNRECOGNIZED}proto: illegal tag 0`,
  ],
  [
    PROTOBUF_TYPE,
    'a wire type that is none',
    wrap('v1', 'ConfigMap', hex('0f')),
    `${UNRECOGNIZED}proto: `,
  ],
  [
    PROTOBUF_TYPE,
    'a number for metadata',
    wrap('v1', 'ConfigMap', hex('0801')),
    `${UNRECOGNIZED}proto: wrong wireType = 0 for field Metadata`,
  ],
  [
    PROTOBUF_TYPE,
    'another kind',
    wrap('v1', 'Pod', hex('')),
    'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
  ],
  [CBOR_TYPE, 'nothing', '', `${UNRECOGNIZED}unable to determine group/version/kind: EOF`],
  [
    CBOR_TYPE,
    'half an object',
    encodeCbor({ data: { a: 'b' } }).subarray(0, 9),
    `${UNRECOGNIZED}unable to determine group/version/kind: unexpected EOF`,
  ],
  [
    CBOR_TYPE,
    'a key twice',
    hex('a2 44 6b696e64 41 61 44 6b696e64 41 61'),
    `${UNRECOGNIZED}unable to determine group/version/kind: cbor: found duplicate map key "kind"`,
  ],
  [
    CBOR_TYPE,
    'lists in lists',
    hex('81'.repeat(100_000)),
    `${UNRECOGNIZED}unable to determine group/version/kind: cbor: exceeded max nested level 64`,
  ],
  [
    CBOR_TYPE,
    'a length that is a lie',
    hex('9a ffff ffff'),
    `${UNRECOGNIZED}unable to determine group/version/kind: cbor: exceeded max number of array elements`,
  ],
  [CBOR_TYPE, 'a text whose length is a lie', hex('5b 00ff ffff ffff ffff'), UNRECOGNIZED],
  [
    CBOR_TYPE,
    'NaN',
    hex('a1 41 61 f9 7e00'),
    `${UNRECOGNIZED}unable to determine group/version/kind: cbor: `,
  ],
  [
    CBOR_TYPE,
    'a bignum',
    hex('a1 41 61 c2 41 01'),
    `${UNRECOGNIZED}unable to determine group/version/kind: cbor: bignum`,
  ],
  [
    CBOR_TYPE,
    'a number for a text',
    encodeCbor({ data: { a: 1 } }),
    `${HANDLED}json: cannot unmarshal number`,
  ],
  [CBOR_TYPE, 'a list', hex('80'), PARSE],
]

/** A few lines that mean 10^9 texts. */
function bomb(): string {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1},`.repeat(10).slice(0, -1)}]`)
  return lines.join('\n')
}

for (const type of [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE, CBOR_TYPE]) {
  test(`${type}: what is no object is refused in Kubernetes' words`, async (t) => {
    const api = await server(t)
    for (const [, what, body, start] of REFUSED.filter(([each]) => each === type)) {
      const { code, message } = await send(api, body, type)
      assert.equal(code, 400, `${what}: ${code} ${message.slice(0, 300)}`)
      assert.ok(message.startsWith(start), `${what}: ${message.slice(0, 300)}`)
    }
  })

  test(`${type}: more than 3 MiB are refused, however they are sent`, async (t) => {
    const api = await server(t)
    const body = Buffer.alloc(3 * MIB + 1, 0x20)
    for (const headers of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
      const { code, message } = await send(api, body, type, { headers })
      assert.equal(code, 413)
      assert.equal(message, 'Request entity too large: limit is 3145728')
    }
  })
}

test('YAML of very many pieces is refused, since reading it would take too long', async (t) => {
  const api = await server(t)
  for (const line of ['a: b\n', '---\n', '- [a, b]\n', '%a\n']) {
    const { code, message } = await send(api, line.repeat(300_000), YAML_TYPE)
    assert.deepEqual(
      [code, message],
      [413, 'Request entity too large: limit is 500000 tokens of YAML'],
    )
  }
})

test('bodies of other types are refused', async (t) => {
  const api = await server(t)
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json-seq',
    'x',
  ]) {
    const { code, message } = await send(api, '{}', type)
    assert.equal(code, 415)
    assert.equal(
      message,
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/cbor',
    )
  }
  const patch = await send(api, '{}', 'application/json', { method: 'PATCH', path: `${PATH}/a` })
  assert.equal(patch.code, 415)
})

const UNKNOWN = { metadata: { name: 'a' }, foo: 1, data: {} }

test('unknown and duplicate fields are refused, told of, or passed over', async (t) => {
  const api = await server(t)
  const bodies: readonly (readonly [string, string | Uint8Array, string])[] = [
    [
      JSON_TYPE,
      '{"metadata":{"name":"a","name":"b"},"foo":1}',
      'duplicate field "metadata.name", unknown field "foo"',
    ],
    [YAML_TYPE, 'metadata: {name: a}\nfoo: 1', 'unknown field "foo"'],
    [CBOR_TYPE, encodeCbor(UNKNOWN), 'unknown field "foo"'],
  ]
  for (const [type, body, problems] of bodies) {
    const asked = (mode: string): Promise<Outcome> =>
      send(api, body, type, { path: `${PATH}?dryRun=All&fieldValidation=${mode}` })
    const strict = await asked('Strict')
    assert.equal(strict.code, 400)
    assert.equal(strict.message, `${HANDLED}strict decoding error: ${problems}`)
    const warned = await asked('Warn')
    assert.equal(warned.code, 201)
    const quoted = problems.split(', ').map((each) => `299 - "${each.replaceAll('"', '\\"')}"`)
    assert.equal(warned.warnings, quoted.join(', '))
    const ignored = await asked('Ignore')
    assert.deepEqual([ignored.code, ignored.warnings], [201, ''])
  }
})

test('YAML: a key that comes twice is refused, or told of', async (t) => {
  const api = await server(t)
  const body = 'metadata: {name: a}\ndata:\n  x: a\n  x: b\n'
  const at = (mode: string): string => `${PATH}?dryRun=All&fieldValidation=${mode}`
  const strict = await send(api, body, YAML_TYPE, { path: at('Strict') })
  assert.equal(
    strict.message,
    `${HANDLED}strict decoding error: yaml: unmarshal errors:\n  line 4: key "x" already set in map`,
  )
  const warned = await send(api, body, YAML_TYPE, { path: at('Warn') })
  assert.equal(warned.warnings, '299 - "line 4: key \\"x\\" already set in map"')
})

test('protobuf has no strict reading: what is unknown is passed over', async (t) => {
  const api = await server(t)
  const raw = Buffer.concat([Buffer.from('0a030a0161', 'hex'), Buffer.from('fa3e03616263', 'hex')])
  const { code } = await send(api, wrap('v1', 'ConfigMap', raw), PROTOBUF_TYPE, {
    path: `${PATH}?dryRun=All&fieldValidation=Strict`,
  })
  assert.equal(code, 201)
})

test('protobuf: numbers that JSON cannot say are refused', async (t) => {
  const api = await server(t)
  const nan = encodeProtobuf(CustomResourceDefinition, crd(Number.NaN) as never)
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const { code, message } = await send(api, nan, PROTOBUF_TYPE, { path })
  assert.equal(code, 400)
  assert.match(message, /json: unsupported value: NaN/)
})

function crd(maximum: number): object {
  const openAPIV3Schema = { type: 'object', properties: { a: { type: 'number', maximum } } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'as.x.io' },
    spec: {
      group: 'x.io',
      names: { kind: 'A', plural: 'as' },
      scope: 'Cluster',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}

test('bytes that are no text become replacement characters, as in Go', async (t) => {
  const api = await server(t)
  const bytes = Buffer.concat([
    Buffer.from('{"metadata":{"name":"a"},"data":{"x":"'),
    Buffer.from([0xff]),
    Buffer.from('\\ud800"}}'),
  ])
  assert.equal((await send(api, bytes, JSON_TYPE)).code, 201)
  const { certPem: cert, keyPem: key } = api.pki.superAdmin
  const got = await ask1(api.port, `${PATH}/a`, { cert, key })
  const { data } = JSON.parse(got.body.toString()) as { readonly data: { readonly x: string } }
  assert.equal(data.x, '\u{fffd}\u{fffd}')
})
