import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { equal } from '../equality.ts'
import { jsonPatch, type JsonPatchOperation } from './json-patch.ts'
import { mergePatch } from './merge-patch.ts'

test('mergePatch() follows the examples of RFC 7386', () => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [document, patch, expected] of cases) {
    assert.deepEqual(mergePatch(document, patch), expected)
  }
})

test('mergePatch() shares what it does not touch, and takes __proto__ as a key', () => {
  const document = { a: { b: 1 }, c: { d: 2 } }
  const patched = mergePatch(document, { c: { d: 3 } }) as typeof document
  assert.equal(patched.a, document.a)
  assert.equal(mergePatch(document, { c: { d: 2 } }), document)
  const strange = mergePatch({}, JSON.parse('{"__proto__":{"x":1}}')) as object
  assert.deepEqual(Object.entries(strange), [['__proto__', { x: 1 }]])
})

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: 0, max: 3 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value

test('the merge patch from one value to another makes the one the other', () => {
  const diff = (from: unknown, to: unknown): unknown => {
    if (!isObject(from) || !isObject(to)) return to
    const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key))
    const changed = Object.keys(to).filter(
      (key) => !(Object.hasOwn(from, key) && equal(from[key], to[key])),
    )
    return Object.fromEntries([
      ...gone.map((key) => [key, null]),
      ...changed.map((key) => [key, diff(Object.hasOwn(from, key) ? from[key] : 0, to[key])]),
    ])
  }
  fc.assert(
    fc.property(json, json, (from, to) => {
      assert.ok(equal(mergePatch(from, diff(from, to)), to))
    }),
  )
})

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function patched(document: unknown, ...operations: JsonPatchOperation[]): unknown {
  return jsonPatch(document, operations)
}

test('jsonPatch() follows the examples of RFC 6902', () => {
  assert.deepEqual(patched({ foo: 'bar' }, { op: 'add', path: '/baz', value: 'q' }), {
    foo: 'bar',
    baz: 'q',
  })
  assert.deepEqual(patched({ a: [1, 2] }, { op: 'add', path: '/a/1', value: 9 }), { a: [1, 9, 2] })
  assert.deepEqual(patched({ a: [1] }, { op: 'add', path: '/a/-', value: [2] }), { a: [1, [2]] })
  assert.deepEqual(patched({ a: [1] }, { op: 'add', path: '/a/-1', value: 2 }), { a: [1, 2] })
  assert.deepEqual(patched({ a: 1, b: 2 }, { op: 'remove', path: '/a' }), { b: 2 })
  assert.deepEqual(patched({ a: [1, 2, 3] }, { op: 'remove', path: '/a/1' }), { a: [1, 3] })
  assert.deepEqual(patched({ a: 1 }, { op: 'replace', path: '/a', value: null }), { a: null })
  // As upstream, where a key need not be there to be replaced.
  assert.deepEqual(patched({ a: {} }, { op: 'replace', path: '/a/b', value: 1 }), { a: { b: 1 } })
  assert.deepEqual(patched({ a: { x: 1 }, b: {} }, { op: 'move', from: '/a/x', path: '/b/y' }), {
    a: {},
    b: { y: 1 },
  })
  assert.deepEqual(patched({ a: [1] }, { op: 'copy', from: '/a', path: '/b' }), { a: [1], b: [1] })
  assert.deepEqual(patched({ '/': 9, '~1': 10 }, { op: 'test', path: '/~01', value: 10 }), {
    '/': 9,
    '~1': 10,
  })
  assert.deepEqual(patched({ a: 1 }, { op: 'add', path: '', value: { b: 1 } }), { b: 1 })
  assert.deepEqual(patched({}, { op: 'test', path: '/a', value: null }), {})
})

test('jsonPatch() refuses what does not apply, and changes nothing', () => {
  const document = { a: { b: [1] } }
  const wrong: JsonPatchOperation[] = [
    { op: 'remove', path: '/x' },
    { op: 'replace', path: '/x/c', value: 1 },
    { op: 'replace', path: '/a/b/1', value: 1 },
    { op: 'add', path: '/x/y', value: 1 },
    { op: 'add', path: '/a/b/2', value: 1 },
    { op: 'add', path: '/a/b/01', value: 1 },
    { op: 'test', path: '/a/b/0', value: 2 },
    { op: 'move', from: '/x', path: '/y' },
    { op: 'copy', from: '/x', path: '/y' },
    { op: 'frob', path: '/a' },
    { op: 'add', path: 'a', value: 1 },
  ]
  for (const operation of wrong) {
    assert.throws(() => patched(document, operation), { name: 'PatchError' }, operation.op)
  }
  assert.deepEqual(document, { a: { b: [1] } })
})

test('jsonPatch() limits what copies add', () => {
  const operations = [{ op: 'add', path: '/0', value: 'x'.repeat(1024) }]
  for (let i = 1; i < 16; i++) operations.push({ op: 'copy', path: `/${i}`, from: '' } as never)
  assert.throws(() => jsonPatch({}, operations), { message: /^Unable to complete the copy/ })
})
