import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseImagePolicy } from './image-policy-settings.ts'

test('parseImagePolicy() counts seconds and milliseconds, and has defaults', () => {
  const policy = { kubeConfigFile: 'f', defaultAllow: false }
  assert.deepEqual(parseImagePolicy('imagePolicy: { kubeConfigFile: f }'), {
    ...policy,
    retryBackoffMs: 500,
    allowTtlMs: 300_000,
    denyTtlMs: 30_000,
  })
  assert.deepEqual(
    parseImagePolicy(
      'imagePolicy: { kubeConfigFile: f, allowTTL: 50, denyTTL: -1, retryBackoff: 20 }',
    ),
    { ...policy, retryBackoffMs: 20, allowTtlMs: 50_000, denyTtlMs: 0 },
  )
})

test('parseImagePolicy() says what is wrong', () => {
  const problem = (text: string): string => {
    try {
      parseImagePolicy(text)
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.equal(problem('imagePolicy: {}'), 'no kubeConfigFile is given')
  assert.equal(
    problem('imagePolicy: { kubeConfigFile: f, allowTtl: 3 }'),
    'strict decoding error: unknown field "imagePolicy.allowTtl"',
  )
  for (const [setting, text] of [
    ['allowTTL: 1801', 'valid value is between 1s and 30m0s, got 30m1s'],
    ['denyTTL: 1', 'valid value is between 1s and 30m0s, got 1s'],
    ['retryBackoff: -2', 'valid value is between 1ns and 5m0s, got -2ms'],
  ]) {
    assert.equal(problem(`imagePolicy: { kubeConfigFile: f, ${setting} }`), text)
  }
})
