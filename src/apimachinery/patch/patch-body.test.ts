import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deployment } from '../../api/apps/v1/deployment.ts'
import { messageSchema } from '../body-schema.ts'
import type { FieldValidation } from '../codec.ts'
import { StatusError } from '../status-error.ts'
import { readPatch } from './patch-body.ts'

const schema = messageSchema(Deployment, { group: 'apps', version: 'v1', kind: 'Deployment' })
const CURRENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: { replicas: 1, selector: {}, template: { metadata: {}, spec: { containers: [] } } },
}

function patch(type: string, body: unknown, fieldValidation: FieldValidation = 'Warn') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const bytes = new TextEncoder().encode(text)
  return readPatch({
    schema,
    mediaType: `application/${type}+json`,
    body: bytes,
    fieldValidation,
  })(CURRENT)
}

function refusal(...args: Parameters<typeof patch>): { message: string; code: number } {
  try {
    patch(...args)
  } catch (error) {
    assert.ok(error instanceof StatusError)
    return { message: error.message, code: error.status.code }
  }
  return assert.fail('nothing was refused')
}

test('readPatch() applies each kind of patch', () => {
  const bodies: [string, unknown][] = [
    ['json-patch', [{ op: 'replace', path: '/spec/replicas', value: 3 }]],
    ['merge-patch', { spec: { replicas: 3 } }],
    ['strategic-merge-patch', { spec: { replicas: 3 } }],
  ]
  for (const [type, body] of bodies) {
    const { object, warnings } = patch(type, body)
    assert.equal((object['spec'] as { replicas: number }).replicas, 3)
    assert.equal(object['metadata'], CURRENT.metadata)
    assert.deepEqual(warnings, [])
  }
})

test('readPatch() warns of what it does not know, or refuses it', () => {
  assert.deepEqual(patch('merge-patch', '{"spec":{"foo":1,"replicas":1,"replicas":2}}').warnings, [
    'duplicate field "spec.replicas"',
    'unknown field "spec.foo"',
  ])
  const operation = { op: 'add', path: '/spec/foo', value: 1, extra: true }
  assert.deepEqual(patch('json-patch', [operation]).warnings, [
    'json patch unknown field "[0].extra"',
    'unknown field "spec.foo"',
  ])
  assert.deepEqual(patch('json-patch', [operation], 'Ignore').warnings, [])
  assert.deepEqual(refusal('strategic-merge-patch', { spec: { foo: 1 } }, 'Strict'), {
    message:
      ' "" is invalid: patch: Invalid value: "map[spec:map[foo:1]]": strict decoding error: unknown field "spec.foo"',
    code: 422,
  })
})

test("readPatch() refuses in the API server's words", () => {
  assert.deepEqual(refusal('json-patch', {}), {
    message:
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    code: 400,
  })
  assert.deepEqual(refusal('json-patch', [{ op: 'remove', path: '/x' }]), {
    message: 'the server rejected our request due to an error in our request',
    code: 422,
  })
  assert.deepEqual(
    refusal(
      'json-patch',
      Array.from({ length: 10_001 }, () => ({})),
    ),
    {
      message:
        'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
      code: 413,
    },
  )
  assert.deepEqual(refusal('merge-patch', '{'), {
    message: 'error decoding patch: unexpected end of JSON input',
    code: 400,
  })
  const wrongType = refusal('merge-patch', { spec: { replicas: 'x' } })
  assert.equal(wrongType.code, 422)
  assert.match(
    wrongType.message,
    /json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32$/,
  )
})
