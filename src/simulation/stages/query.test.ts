import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileQuery } from './query.ts'

const POD = {
  metadata: { annotations: { 'a.b/c': 'x' }, ownerReferences: [{ kind: 'Job' }] },
  status: {
    phase: null,
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
}

test('compileQuery() finds what paths, pipes and select() say', () => {
  const found = (source: string): readonly unknown[] => compileQuery(source)(POD)
  assert.deepEqual(found('.metadata.annotations["a.b/c"]'), ['x'])
  assert.deepEqual(found('.metadata.annotations."a.b/c"'), ['x'])
  assert.deepEqual(found('.metadata.ownerReferences.[].kind'), ['Job'])
  assert.deepEqual(found('.metadata.ownerReferences[0].kind'), ['Job'])
  assert.deepEqual(found('.status.conditions.[] | select( .type == "Ready" ) | .status'), ['True'])
  assert.deepEqual(found('.status.conditions[] | select(.type != "Ready") | .status'), ['False'])
  assert.deepEqual(found('.status.phase'), [])
  assert.deepEqual(found('.spec.nothing.[].here'), [])
  assert.deepEqual(found('.'), [POD])
})

test('compileQuery() says what it does not understand', () => {
  assert.throws(() => compileQuery('.a | length'), /"length" in ".a | length" is not understood/)
  assert.throws(() => compileQuery('.a + 1'), /is not understood/)
  assert.throws(() => compileQuery(''), /is not understood/)
})
