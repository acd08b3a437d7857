import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterTrustBundle } from '../../api/certificates/v1beta1/cluster-trust-bundle.ts'
import { encodePem } from '../../pki/pem.ts'
import { chosenBundles, joinedAnchors } from './trust-anchors.ts'

const A = encodePem('CERTIFICATE', Uint8Array.of(1))
const B = encodePem('CERTIFICATE', Uint8Array.of(2))

function bundle(name: string, signerName: string, trustBundle: string, labels = {}) {
  return { metadata: { name, labels }, spec: { signerName, trustBundle } } as ClusterTrustBundle
}

const ALL = [
  bundle('a', 's/one', A, { tier: 'x' }),
  bundle('b', 's/one', B, { tier: 'y' }),
  bundle('c', 's/two', A, { tier: 'x' }),
]

test('chosenBundles() takes the one of a name, or those of a signer that a selector matches', () => {
  const names = (source: Partial<Parameters<typeof chosenBundles>[1]>): readonly string[] =>
    chosenBundles(ALL, { path: 'p', ...source }).map(({ metadata }) => metadata.name)
  assert.deepEqual(names({ name: 'b' }), ['b'])
  assert.deepEqual(names({ name: 'z' }), [])
  assert.deepEqual(names({ signerName: 's/one', labelSelector: {} }), ['a', 'b'])
  const labelSelector = { matchLabels: { tier: 'x' } }
  assert.deepEqual(names({ signerName: 's/one', labelSelector }), ['a'])
  assert.deepEqual(names({ signerName: 's/one' }), []) // No selector matches nothing.
})

test('joinedAnchors() has each certificate once, whatever stands around it', () => {
  const wrapped = `a comment\n${A.replaceAll('\n', '\r\n')}another\n${B}`
  const joined = joinedAnchors([bundle('a', '', wrapped), bundle('b', '', B + A)])
  assert.equal(joined, A + B)
})
