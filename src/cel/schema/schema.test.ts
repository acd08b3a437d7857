import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { JsonSchema } from '../index.ts'
import {
  ADMISSION_REQUEST,
  DYN,
  JSON_PATCH_TYPE,
  NAMESPACE,
  OBJECT_TYPE,
  celEnvironment,
  compileCel,
  declareStruct,
  escapeName,
  lazyStruct,
  misplacedTypes,
  mutationStructs,
  scalar,
  toJson,
  typesFromSchema,
} from '../index.ts'
import { CelError, celTypes } from '../index.ts'

function evaluate(source: string, schema: JsonSchema, self: unknown, oldSelf?: unknown): unknown {
  const type = typesFromSchema(schema)!
  const compiled = compileCel(source, celEnvironment({ variables: { self: type, oldSelf: type } }))
  if (!compiled.ok) return compiled.issues[0]?.message
  const result = compiled.program.evaluate({ self, oldSelf })
  return result.ok ? toJson(result.value) : result.error
}

test('escapeName() escapes what is no name', () => {
  const names = ['foo', 'a-b', 'a.b', 'a/b', 'a__b', 'namespace', '_x', '$ref', '1a', 'é']
  assert.deepEqual(names.map(escapeName), [
    'foo',
    'a__dash__b',
    'a__dot__b',
    'a__slash__b',
    'a__underscores__b',
    '__namespace__',
    '_x',
    undefined,
    undefined,
    undefined,
  ])
})

test('sets and keyed lists compare without order and unite as Kubernetes defines', () => {
  const text: JsonSchema = { type: 'string' }
  const set: JsonSchema = { type: 'array', items: text, 'x-kubernetes-list-type': 'set' }
  assert.equal(evaluate('self == oldSelf', set, ['a', 'b'], ['b', 'a']), true)
  assert.deepEqual(evaluate('self + oldSelf', set, ['a', 'b'], ['b', 'c']), ['a', 'b', 'c'])
  const item: JsonSchema = { type: 'object', properties: { k: text, v: { type: 'integer' } } }
  const keyed: JsonSchema = {
    type: 'array',
    items: item,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
  }
  const [a, b, c] = [
    { k: 'a', v: 1 },
    { k: 'b', v: 2 },
    { k: 'b', v: 3 },
  ]
  assert.equal(evaluate('self == oldSelf', keyed, [a, b], [b, a]), true)
  assert.equal(evaluate('self == oldSelf', keyed, [a, b], [c, a]), false)
  assert.deepEqual(evaluate('self + oldSelf', keyed, [a, b], [c, { k: 'd' }]), [a, c, { k: 'd' }])
  const plain: JsonSchema = { type: 'array', items: text }
  assert.equal(evaluate('self == oldSelf', plain, ['a', 'b'], ['b', 'a']), false)
})

test('unknown fields cannot be seen, but count where objects compare', () => {
  const schema: JsonSchema = {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    properties: { a: { type: 'integer' }, raw: { 'x-kubernetes-preserve-unknown-fields': true } },
  }
  assert.equal(evaluate('self.other', schema, {}), "undefined field 'other'")
  assert.equal(evaluate('self.raw', schema, {}), "undefined field 'raw'")
  assert.equal(evaluate('self == oldSelf', schema, { a: 1, other: 2 }, { a: 1, other: 3 }), false)
})

test('formats become timestamps, durations and bytes', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      at: { type: 'string', format: 'date-time' },
      day: { type: 'string', format: 'date' },
      wait: { type: 'string', format: 'duration' },
      raw: { type: 'string', format: 'byte' },
    },
  }
  const self = { at: '2026-03-01T10:00:00+01:00', day: '2026-03-01', wait: '1h', raw: 'aGk=' }
  assert.equal(evaluate('self.at.getHours()', schema, self), 9)
  assert.equal(evaluate('self.at - self.day == duration("9h")', schema, self), true)
  assert.equal(evaluate('self.wait == duration("60m")', schema, self), true)
  assert.equal(evaluate('self.raw == b"hi"', schema, self), true)
})

test('metadata of a resource can be read as far as Kubernetes allows', () => {
  const self = typesFromSchema({ type: 'object' }, { isResourceRoot: true })!
  const environment = celEnvironment({ variables: { self } })
  assert.ok(compileCel('self.metadata.name.size() + self.kind.size()', environment).ok)
  assert.ok(!compileCel('self.metadata.labels', environment).ok)
})

test('names that JavaScript objects inherit are no fields', () => {
  const schema: JsonSchema = { type: 'object', properties: { constructor: { type: 'string' } } }
  assert.equal(evaluate('has(self.constructor)', schema, {}), false)
  assert.equal(evaluate('self.constructor', schema, {}), 'no such key: constructor')
  const map: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } }
  assert.equal(evaluate('"toString" in self', map, {}), false)
})

test('mutations make objects and patches', () => {
  const environment = celEnvironment({
    variables: { object: DYN, request: ADMISSION_REQUEST, namespaceObject: NAMESPACE },
    structs: mutationStructs,
  })
  const apply = compileCel(
    'Object{spec: Object.spec{replicas: object.spec.replicas + 1, ?paused: optional.none()}}',
    environment,
    { resultTypes: [OBJECT_TYPE] },
  )
  assert.ok(apply.ok)
  const result = apply.program.evaluate({ object: { spec: { replicas: 2 } } })
  assert.ok(result.ok)
  assert.deepEqual(toJson(result.value), { spec: { replicas: 3 } })
  assert.deepEqual(misplacedTypes(result.value), [])
  const wrong = compileCel('Object{spec: Object.metadata{}}', environment)
  assert.ok(wrong.ok)
  const misplaced = wrong.program.evaluate({})
  assert.deepEqual(misplaced.ok && misplacedTypes(misplaced.value), [
    'unexpected type name "Object.metadata", expected "Object.spec", which matches field name path from root Object type',
  ])
  const patch = compileCel(
    '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: request.name}]',
    environment,
    { resultTypes: [celTypes.listOf(JSON_PATCH_TYPE)] },
  )
  assert.ok(patch.ok)
  const patches = patch.program.evaluate({ request: { name: 'x' } })
  assert.ok(patches.ok)
  assert.deepEqual(toJson(patches.value), [
    { op: 'add', path: '/metadata/labels/a~1b', value: 'x' },
  ])
})

test('lazyStruct() computes a field when it is first read', () => {
  const variables = declareStruct('kubernetes.variables', {
    a: scalar(celTypes.INT),
    b: scalar(celTypes.INT),
  })
  const compiled = compileCel(
    'variables.a + variables.a > 1 || variables.b > 0',
    celEnvironment({ variables: { variables } }),
  )
  assert.ok(compiled.ok)
  const reads: string[] = []
  const values = lazyStruct('kubernetes.variables', ['a', 'b'], (field) => {
    reads.push(field)
    return field === 'a' ? 1n : new CelError('broken')
  })
  const result = compiled.program.evaluate({ variables: values })
  assert.ok(result.ok && result.value === true)
  assert.deepEqual(reads, ['a'])
})
