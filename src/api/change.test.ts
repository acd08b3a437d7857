import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withMissing } from './change.ts'

test('withMissing() takes any key from the defaults, and what it has itself before them', () => {
  const defaults = { a: '1', ['__proto__']: '2' }
  const made = withMissing({ a: '0' }, defaults)
  assert.deepEqual(Object.entries(made), [
    ['a', '0'],
    ['__proto__', '2'],
  ])
  assert.equal(withMissing(made, defaults), made)
  assert.deepEqual(Object.entries(withMissing(undefined, defaults)), Object.entries(defaults))
})
