import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Deployment } from '../../api/apps/v1/deployment.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import type { JsonObject } from './json-object.ts'
import { shapeOf } from './patch-shape.ts'
import { strategicMergePatch } from './strategic-merge-patch.ts'

const pod = shapeOf(Pod)

function spec(original: JsonObject, patch: JsonObject): unknown {
  return strategicMergePatch(pod, { spec: original }, { spec: patch })['spec']
}

test('lists with a merge key are merged item by item, new items first', () => {
  const original = {
    containers: [
      { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: '1' },
    ],
  }
  const patch = {
    containers: [
      { name: 'b', image: '2' },
      { name: 'c', image: '3', command: null },
      { name: 'a', env: [{ name: 'Y', value: '2' }] },
    ],
  }
  assert.deepEqual(spec(original, patch), {
    containers: [
      { name: 'b', image: '2' },
      { name: 'c', image: '3' },
      {
        name: 'a',
        image: '1',
        env: [
          { name: 'Y', value: '2' },
          { name: 'X', value: '1' },
        ],
      },
    ],
  })
})

test('lists without a strategy, and null, replace', () => {
  assert.deepEqual(
    spec(
      { tolerations: [{ key: 'a' }], nodeSelector: { a: 'b' }, hostname: 'x' },
      { tolerations: [{ key: 'b' }], nodeSelector: { a: null, c: 'd' }, hostname: null },
    ),
    { tolerations: [{ key: 'b' }], nodeSelector: { c: 'd' } },
  )
})

test('$patch deletes and replaces items and maps', () => {
  const original = { containers: [{ name: 'a', image: '1' }, { name: 'b' }] }
  assert.deepEqual(spec(original, { containers: [{ name: 'a', $patch: 'delete' }] }), {
    containers: [{ name: 'b' }],
  })
  assert.deepEqual(spec(original, { containers: [{ $patch: 'replace' }, { name: 'c' }] }), {
    containers: [{ name: 'c' }],
  })
  assert.deepEqual(spec({ a: 1 }, { $patch: 'replace', b: 2 }), { b: 2 })
  assert.deepEqual(spec({ a: 1 }, { $patch: 'delete' }), {})
})

test('$retainKeys drops the other keys', () => {
  const deployment = shapeOf(Deployment)
  const original = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } }
  const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }
  assert.deepEqual(strategicMergePatch(deployment, original, patch), {
    spec: { strategy: { type: 'Recreate' } },
  })
  const bad = { spec: { strategy: { $retainKeys: ['type'], rollingUpdate: {} } } }
  assert.throws(() => strategicMergePatch(deployment, original, bad), {
    message: 'invalid patch format of retainKeys',
  })
})

test('lists of scalars are joined, and shortened by $deleteFromPrimitiveList', () => {
  const original = { metadata: { finalizers: ['a', 'b', 'c'] } }
  assert.deepEqual(strategicMergePatch(pod, original, { metadata: { finalizers: ['d', 'b'] } }), {
    metadata: { finalizers: ['d', 'a', 'b', 'c'] },
  })
  const removal = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a', 'x'] } }
  assert.deepEqual(strategicMergePatch(pod, original, removal), {
    metadata: { finalizers: ['b', 'c'] },
  })
})

test('$setElementOrder orders items, those of the server kept near their neighbours', () => {
  const names = (...list: string[]): JsonObject[] => list.map((name) => ({ name }))
  const patch = {
    '$setElementOrder/containers': names('c', 'a', 'new'),
    containers: [{ name: 'new' }],
  }
  assert.deepEqual(spec({ containers: names('a', 'b', 'c') }, patch), {
    containers: names('b', 'c', 'a', 'new'),
  })
  const finalizers = { metadata: { '$setElementOrder/finalizers': ['b', 'a'] } }
  assert.deepEqual(strategicMergePatch(pod, { metadata: { finalizers: ['a', 'b'] } }, finalizers), {
    metadata: { finalizers: ['b', 'a'] },
  })
  assert.throws(
    () =>
      spec(
        {},
        {
          '$setElementOrder/containers': names('a'),
          containers: names('b'),
        },
      ),
    {
      message:
        "The order in patch list:\n[map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
    },
  )
})

test("malformed patches are refused in Kubernetes' words", () => {
  const original = { containers: [{ name: 'a' }] }
  const cases: [JsonObject, string][] = [
    [
      { containers: [{ image: 'x' }] },
      'map: map[image:x] does not contain declared merge key: name',
    ],
    [{ containers: ['a'] }, 'list element types are not identical: [[map[name:a]] [a]]'],
    [{ containers: [['a']] }, 'lists of lists are not supported'],
    [
      { containers: [{ name: 'a', $patch: 'merge' }] },
      'merging lists cannot yet be specified in the patch',
    ],
    [
      { containers: [{ name: 'a', $patch: 'x' }] },
      'unknown patch type: x in map: map[$patch:x name:a]',
    ],
    [{ '$setElementOrder/containers': 'x' }, 'expected a []interface {}, but received a string'],
  ]
  for (const [patch, message] of cases) {
    assert.throws(() => spec(original, patch), { name: 'PatchError', message })
  }
})

test('what the patch does not touch is shared', () => {
  const original = { metadata: { name: 'a' }, spec: { containers: [{ name: 'a' }, { name: 'b' }] } }
  const patch = { spec: { containers: [{ name: 'a', image: 'x' }] } }
  const patched = strategicMergePatch(pod, original, patch) as typeof original
  assert.equal(patched.metadata, original.metadata)
  assert.equal(patched.spec.containers[1], original.spec.containers[1])
})

test('merging keyed items gives the union of both, the patch winning', () => {
  const items = fc.uniqueArray(
    fc.record(
      { name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.constantFrom('1', '2') },
      { noNullPrototype: true },
    ),
    { selector: (each) => each.name },
  )
  fc.assert(
    fc.property(items, items, (original, change) => {
      const merged = spec({ containers: original }, { containers: change }) as {
        containers: typeof original
      }
      const model = new Map([...original, ...change].map((each) => [each.name, each]))
      const byName = new Map(merged.containers.map((each) => [each.name, each]))
      assert.deepEqual(byName, model)
      assert.equal(merged.containers.length, model.size)
      const order = merged.containers.map((each) => each.name)
      const places = change.map((each) => order.indexOf(each.name))
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
      )
    }),
  )
})
