import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from './decode.ts'
import {
  bool,
  bytes,
  double,
  int32,
  int64,
  intOrString,
  lazyListOf,
  listOf,
  mapOf,
  microTime,
  quantity,
  ref,
  string,
  time,
} from './field.ts'
import { formatStrictProblem, inspect } from './inspect.ts'
import { readOrdered } from './json-reader.ts'
import { messagesOf, type MessageClass } from './message.ts'

const message = messagesOf('io.k8s.api.test.v1')

class Port extends message('A port.', {
  port: int32(1, '').required(),
  name: string(2, ''),
  target: intOrString(3, ''),
}) {}
class Spec extends message('A spec.', {
  replicas: int32(1, '').pointer(),
  ports: listOf(Port, 2, ''),
  labels: mapOf('string', 3, ''),
  limits: mapOf('quantity', 4, ''),
  at: time(5, ''),
  exactly: microTime(6, ''),
  big: int64(7, ''),
  ratio: double(8, ''),
  data: bytes(9, ''),
  on: bool(10, ''),
  children: lazyListOf<unknown>(theSpec, 11, ''),
  amount: quantity(12, '').written(),
}) {}
function theSpec(): MessageClass {
  return Spec
}
class Thing extends message('A thing.', {
  kind: string(0, ''),
  spec: ref(Spec, 1, '').written(),
}) {}

function decoded(value: unknown): unknown {
  return decode(Thing, value, { unknownFields: [] })
}

test('decode() gives back the value itself where nothing changes', () => {
  const value = { kind: 'Thing', spec: { replicas: 0, ports: [{ port: 1 }], amount: '1' } }
  assert.equal(decoded(value), value)
})

test('decode() drops what means absence and writes what is always there', () => {
  const value = {
    kind: '',
    spec: { ports: [], labels: {}, big: 0, on: false, at: null, children: [{}, null] },
  }
  const copy = structuredClone(value)
  assert.deepEqual(decoded(value), {
    spec: { children: [{ amount: '0' }, { amount: '0' }], amount: '0' },
  })
  assert.deepEqual(decoded({}), { spec: { amount: '0' } })
  assert.deepEqual(value, copy)
})

test('decode() makes scalars canonical', () => {
  const spec = {
    amount: '1024Mi',
    limits: { cpu: 0.5, memory: '1000' },
    at: '2026-01-01T01:00:00+01:00',
    exactly: '2026-01-01T00:00:00.5Z',
    big: 9007199254740993n,
    ratio: 1.5,
    data: 'YQ==',
  }
  assert.deepEqual(decoded({ spec }), {
    spec: {
      ...spec,
      amount: '1Gi',
      limits: { cpu: '500m', memory: '1k' },
      at: '2026-01-01T00:00:00Z',
      exactly: '2026-01-01T00:00:00.500000Z',
    },
  })
})

test('decode() keeps a map key called __proto__', () => {
  const spec = JSON.parse('{"labels":{"__proto__":"a"},"limits":{"__proto__":1}}') as object
  const out = decoded({ spec }) as { spec: { labels: object; limits: object } }
  assert.deepEqual(Object.entries(out.spec.labels), [['__proto__', 'a']])
  assert.deepEqual(Object.entries(out.spec.limits), [['__proto__', '1']])
})

test('decode() drops unknown fields and tells their paths', () => {
  const unknownFields: string[] = []
  const value = { foo: 1, spec: { ports: [{ port: 1, bar: 2 }], children: [{ x: { y: 1 } }] } }
  const out = decode(Thing, value, { unknownFields })
  assert.deepEqual(out, {
    spec: { ports: [{ port: 1 }], children: [{ amount: '0' }], amount: '0' },
  })
  assert.deepEqual(unknownFields, ['foo', 'spec.ports[0].bar', 'spec.children[0].x'])
})

test("decode() refuses wrong types in Go's words", () => {
  const field = 'json: cannot unmarshal %s into Go struct field %s of type %s'
  const cases: [unknown, string, string, string][] = [
    [{ spec: { replicas: 'x' } }, 'string', 'Spec.spec.replicas', 'int32'],
    [{ spec: { replicas: 1.5 } }, 'number 1.5', 'Spec.spec.replicas', 'int32'],
    [{ spec: { replicas: 3e9 } }, 'number 3000000000', 'Spec.spec.replicas', 'int32'],
    [{ spec: { ports: {} } }, 'object', 'Spec.spec.ports', '[]v1.Port'],
    [{ spec: { ports: ['a'] } }, 'string', 'Spec.spec.ports', 'v1.Port'],
    [{ spec: { ports: [{ name: 1 }] } }, 'number', 'Port.spec.ports.name', 'string'],
    [{ spec: { labels: { a: true } } }, 'bool', 'Spec.spec.labels', 'string'],
    [{ spec: { labels: [] } }, 'array', 'Spec.spec.labels', 'map[string]string'],
    [{ spec: { at: 1 } }, 'number', 'Spec.spec.at', 'string'],
    [{ spec: [] }, 'array', 'Thing.spec', 'v1.Spec'],
    [{ spec: { children: [{ on: 1 }] } }, 'number', 'Spec.spec.children.on', 'bool'],
  ]
  for (const [value, kind, where, type] of cases) {
    const text = field.replace('%s', kind).replace('%s', where).replace('%s', type)
    assert.throws(() => decoded(value), { name: 'DecodeError', message: text })
  }
  assert.throws(() => decoded([]), {
    message: 'json: cannot unmarshal array into Go value of type v1.Thing',
  })
  assert.throws(() => decoded({ spec: { amount: 'x' } }), {
    message:
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  })
})

test('inspect() tells unknown and duplicate fields in the order of the text', () => {
  const text = `{"kind":"a","b":1,"spec":{"labels":{"x":"1","x":"2"},"on":true,"y":{},"on":false,
    "ports":[{"port":1,"port":2,"z":1},{"z":1}],"y":1},"spec":{"y":1}}`
  assert.deepEqual(inspect(Thing, readOrdered(text)).strict.map(formatStrictProblem), [
    'unknown field "b"',
    'duplicate field "spec.labels.x"',
    'unknown field "spec.y"',
    'duplicate field "spec.on"',
    'duplicate field "spec.ports[0].port"',
    'unknown field "spec.ports[0].z"',
    'unknown field "spec.ports[1].z"',
    'duplicate field "spec"',
  ])
})
