import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { canonicalJson, podTemplateHash } from './pod-hash.ts'

test('canonicalJson() does not depend on the order of keys', () => {
  assert.equal(
    canonicalJson({ b: [1, { d: 2n ** 60n, c: null }], a: 'x' }),
    canonicalJson({ a: 'x', b: [1, { c: null, d: 2n ** 60n }] }),
  )
})

test('podTemplateHash() stays the same from release to release, but for collisions', () => {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } as never
  // These are in the names of ReplicaSets of running clusters: a change would roll out every Deployment anew.
  assert.equal(podTemplateHash(template), HASH)
  assert.notEqual(podTemplateHash(template, 1), HASH)
  assert.match(podTemplateHash(template, 1), /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
})

const HASH = '6778545797'
