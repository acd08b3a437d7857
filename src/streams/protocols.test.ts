import assert from 'node:assert/strict'
import { test } from 'node:test'
import { carriesResize, carriesStatus, headerNames, negotiate } from './protocols.ts'

test('headerNames() reads names from several headers, each with several', () => {
  assert.deepEqual(headerNames(['a, b,', '', ' c']), ['a', 'b', 'c'])
  assert.deepEqual(headerNames('a,b'), ['a', 'b'])
  assert.deepEqual(headerNames(undefined), [])
})

test('negotiate() goes by the preference of the client', () => {
  assert.equal(negotiate(['x', 'b', 'a'], ['a', 'b']), 'b')
  assert.equal(negotiate(['x'], ['a', 'b']), undefined)
})

test('what each version carries', () => {
  const versions = [
    'channel.k8s.io',
    'v2.channel.k8s.io',
    'v3.channel.k8s.io',
    'v4.base64.channel.k8s.io',
    'v5.channel.k8s.io',
  ]
  assert.deepEqual(versions.map(carriesStatus), [false, false, false, true, true])
  assert.deepEqual(versions.map(carriesResize), [false, false, true, true, true])
})
