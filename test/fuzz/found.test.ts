import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonPatch, type JsonPatchOperation } from '../../src/apimachinery/patch/json-patch.ts'
import { PatchError } from '../../src/apimachinery/patch/patch-error.ts'
import { pemBlocksOf } from '../../src/api/validation/pem.ts'
import { subresources } from '../../src/kubelet/server/access.ts'
import { JSON_DEPTH_MAX } from '../../src/schema/json-reader.ts'
import { bytesOf } from './target.ts'
import { TARGETS } from './targets.ts'

/** Inputs that were once neither read nor refused. */
const FOUND: readonly (readonly [target: string, text: string])[] = [
  ['JSON patches', '[{}]'],
  ['JSON patches', '[{"op":"add","value":1}]'],
  ['JSON patches', '[{"op":"move","path":"/a"}]'],
  ['JSON paths of columns', '.a[?(@.b==007)]'],
  ['URLs', '/api/v1/pods?limit=&limit='],
  ['Accept headers', 'application/json;as=constructor;g=meta.k8s.io;v=v1'],
  ['continue tokens', 'null'],
  ['continue tokens', '{"v":"meta.k8s.io/v1","rv":1.5,"start":"a/b"}'],
  ['apply patches in YAML', 'apiVersion: a/b/c\nkind: Pod\n'],
  [
    'apply patches in YAML',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n    ports: [{containerPort: 9223372036854775807}]\n',
  ],
  [
    'managed fields',
    '{"kind":"Pod","metadata":{"name":"a","managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":1,"k:x":{}}}]}}',
  ],
]

for (const [name, text] of FOUND) {
  test(`${name}: ${text.slice(0, 60)}`, async () => {
    const target = TARGETS.find((each) => each.name === name)!
    try {
      await target.read(bytesOf(text))
    } catch (error) {
      assert.ok(target.isRefusal(error), String(error))
    }
  })
}

test("paths of the node's API that are named as what all objects have stand for nothing special", () => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    assert.deepEqual(subresources(`/${name}/x`), ['proxy'])
  }
})

test('JSON patches make nothing deeper than what can be read', () => {
  const levels = JSON_DEPTH_MAX - 3
  const path = '/a'.repeat(levels + 1)
  const deep = `${'{"a":'.repeat(levels)}{}${'}'.repeat(levels)}`
  const document = { a: JSON.parse(deep) as unknown }
  const nest: JsonPatchOperation = { op: 'copy', from: '', path }
  assert.throws(() => jsonPatch(document, [nest, nest]), new PatchError('exceeded max depth'))
  const beyond = { op: 'add', path: '/a'.repeat(100_000), value: 1 }
  assert.throws(() => jsonPatch({}, [beyond]), new PatchError('exceeded max depth'))
})

test('JSON patches: what is copied and what it was copied from change alone', () => {
  const patched = jsonPatch({ a: { b: [1] } }, [
    { op: 'add', path: '/a/b/-', value: 2 },
    { op: 'copy', from: '/a', path: '/c' },
    { op: 'add', path: '/a/b/-', value: 3 },
    { op: 'remove', path: '/c/b/0' },
  ])
  assert.deepEqual(patched, { a: { b: [1, 2, 3] }, c: { b: [2] } })
})

test('JSON patches of thousands of operations copy a large object once', () => {
  const keys = Array.from({ length: 50_000 }, (_, i) => `k${i}`)
  const document = Object.fromEntries(keys.map((key) => [key, '']))
  const operations = keys
    .slice(0, 10_000)
    .map((key) => ({ op: 'replace', path: `/${key}`, value: 'x' }))
  const patched = jsonPatch(document, operations) as Record<string, string>
  assert.deepEqual([patched['k0'], patched['k9999'], patched['k10000']], ['x', 'x', ''])
  assert.equal(document['k0'], '')
})

test('PEM: headers are told from what they stand before', () => {
  const block = (body: string): string => `-----BEGIN A B-----\n${body}-----END A B-----\n`
  const [plain, headed, ...more] = pemBlocksOf(
    `x\n${block('AAEC\n')}${block('K: v\r\nL: w\r\n\r\nAAEC\n')}${block('K: v\r\n'.repeat(60))}-----BEGIN C-----`,
  )
  const bytes = Uint8Array.of(0, 1, 2)
  assert.deepEqual(plain, { type: 'A B', hasHeaders: false, bytes })
  assert.deepEqual(headed, { type: 'A B', hasHeaders: true, bytes })
  assert.deepEqual(more, [])
})

test('DNS messages: names that are no UTF-8 are refused with an answer that can be read', async () => {
  const head = (questions: number) => [0, 1, 1, 0, 0, questions, 0, 0, 0, 0, 0, 0]
  const label = [30, ...Array.from({ length: 30 }, () => 0xfe)]
  const question = [...label, ...bytesOf('\u0007cluster\u0005local\0'), 0, 1, 0, 1]
  const dns = TARGETS.find(({ name }) => name === 'DNS messages')!
  const FORMERR = 1
  for (const query of [
    [...head(1), ...question],
    [...head(2), ...question, ...question],
  ]) {
    assert.equal(((await dns.read(Uint8Array.from(query))) as Uint8Array)[3]! & 0xf, FORMERR)
  }
})
