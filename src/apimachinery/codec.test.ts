import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deployment } from '../api/apps/v1/deployment.ts'
import { DeleteOptions } from '../api/meta/v1/options.ts'
import { encodeProtobuf, wrap } from '../schema/protobuf.ts'
import { messageSchema } from './body-schema.ts'
import { decodeBody, decodeObject, type FieldValidation } from './codec.ts'
import { StatusError } from './status-error.ts'

const schema = messageSchema(
  Deployment,
  { group: 'apps', version: 'v1', kind: 'Deployment' },
  { isRegistered: ({ kind }) => kind === 'Service' },
)

function decodeText(
  text: string,
  fieldValidation?: FieldValidation,
  contentType = 'application/json',
): ReturnType<typeof decodeBody> {
  return decodeBody(schema, { bytes: new TextEncoder().encode(text), contentType }, fieldValidation)
}

function refusal(...args: Parameters<typeof decodeText>): string {
  try {
    decodeText(...args)
  } catch (error) {
    assert.ok(error instanceof StatusError)
    assert.equal(error.status.reason, 'BadRequest')
    return error.message
  }
  return assert.fail('nothing was refused')
}

const MESSY = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},
  "spec":{"foo":1,"replicas":1,"bar":2,"replicas":2,
  "template":{"spec":{"containers":[{"name":"c","img":"x","name":"c"}]}}}}`
const PROBLEMS = [
  'unknown field "spec.foo"',
  'unknown field "spec.bar"',
  'duplicate field "spec.replicas"',
  'unknown field "spec.template.spec.containers[0].img"',
  'duplicate field "spec.template.spec.containers[0].name"',
]

test('decodeBody() fills in the kind that is left out', () => {
  const { object, warnings } = decodeText('{"metadata":{"name":"a"}}')
  assert.equal(object['apiVersion'], 'apps/v1')
  assert.equal(object['kind'], 'Deployment')
  assert.deepEqual(warnings, [])
})

test('decodeBody() warns of unknown and duplicate fields, refuses or ignores them', () => {
  const { object, warnings } = decodeText(MESSY)
  assert.deepEqual(warnings, PROBLEMS)
  assert.equal((object['spec'] as { replicas: number }).replicas, 2)
  assert.deepEqual(decodeText(MESSY, 'Ignore').warnings, [])
  assert.equal(
    refusal(MESSY, 'Strict'),
    `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${PROBLEMS.join(', ')}`,
  )
})

test('decodeBody() reads YAML, and JSON that is called so', () => {
  const yaml = 'kind: Deployment\nmetadata:\n  name: a\n  name: b\nfoo: 1\n'
  const { object, warnings } = decodeText(yaml, 'Warn', 'application/yaml; charset=utf-8')
  assert.deepEqual(object['metadata'], { name: 'b' })
  assert.deepEqual(warnings, ['line 4: key "name" already set in map', 'unknown field "foo"'])
  assert.equal(
    refusal(yaml, 'Strict', 'application/yaml'),
    'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: yaml: unmarshal errors:\n  line 4: key "name" already set in map, unknown field "foo"',
  )
  assert.deepEqual(decodeText(MESSY, 'Warn', 'application/yaml').warnings.length, 5)
})

test("decodeBody() refuses in the API server's words", () => {
  const unrecognized = 'the object provided is unrecognized (must be of type Deployment): '
  const cases = {
    '': `${unrecognized}couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`,
    '{"a":x}': `${unrecognized}couldn't get version/kind; json parse error: invalid character 'x' looking for beginning of value ({"a":x})`,
    abc: `${unrecognized}couldn't get version/kind; json parse error: invalid character 'a' looking for beginning of value (616263)`,
    '[]': `${unrecognized}couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)`,
    '{"kind":1}': `${unrecognized}couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})`,
    '{"apiVersion":"a/b/c"}': `${unrecognized}unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})`,
    '{"apiVersion":"v1","kind":"Service"}':
      'Service in version "v1" cannot be handled as a Deployment: converting (v1.Service) to (apps.Deployment): unknown conversion',
    '{"apiVersion":"x/v1","kind":"Foo"}':
      'Foo in version "v1" cannot be handled as a Deployment: no kind "Foo" is registered for version "x/v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    '{"apiVersion":"apps/v2","kind":"Deployment"}':
      'the API version in the data (apps/v2) does not match the expected API version (apps/v1)',
    '{"spec":{"replicas":"2"}}':
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  }
  for (const [text, message] of Object.entries(cases)) assert.equal(refusal(text), message)
  assert.throws(() => decodeText('{}', 'Warn', 'text/plain'), {
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  })
})

test('decodeBody() reads protobuf', () => {
  const type = 'application/vnd.kubernetes.protobuf'
  const sent = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } }
  const { object } = decodeBody(schema, {
    bytes: encodeProtobuf(Deployment, sent),
    contentType: type,
  })
  assert.deepEqual(object, decodeText(JSON.stringify(sent)).object)

  const refused = (bytes: Uint8Array): string => {
    try {
      decodeBody(schema, { bytes, contentType: type })
    } catch (error) {
      return (error as Error).message
    }
    return assert.fail('nothing was refused')
  }
  assert.equal(
    refused(new TextEncoder().encode('{}')),
    'the object provided is unrecognized (must be of type Deployment): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({})',
  )
  assert.match(
    refused(wrap('v1', 'Service', new Uint8Array([1]))),
    /^Service in version "v1" cannot be handled as a Deployment: converting/,
  )
  assert.match(refused(wrap('apps/v1', 'Deployment', new Uint8Array([0xff]))), /unexpected EOF/)
})

test('decodeObject() checks a value that is already parsed', () => {
  assert.deepEqual(decodeObject(schema, { foo: 1 }).warnings, ['unknown field "foo"'])
})

test('decodeBody() takes a kind that every group has from any of them', () => {
  const deleteOptions = messageSchema(
    DeleteOptions,
    { group: '', version: 'v1', kind: 'DeleteOptions' },
    { acceptsVersion: () => true },
  )
  const body = '{"apiVersion":"apps/v1","kind":"DeleteOptions","gracePeriodSeconds":0}'
  const { object } = decodeBody(deleteOptions, {
    bytes: new TextEncoder().encode(body),
    contentType: undefined,
  })
  assert.deepEqual(object, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 })
})
