import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planRotation } from './plan-rotation.ts'

const NOW_MS = Date.parse('2026-11-23T10:15:00Z')
const LIMITS = { bytesMax: 100, filesMax: 3 }

test('planRotation() leaves logs alone that are small, and all where none is to be rotated', () => {
  assert.equal(planRotation({ name: '0.log', bytes: 99 }, [], NOW_MS, LIMITS), undefined)
  const never = { ...LIMITS, bytesMax: -1 }
  assert.equal(planRotation({ name: '0.log', bytes: 1000 }, [], NOW_MS, never), undefined)
})

test('planRotation() keeps the newest, compresses them, and clears what was not finished', () => {
  const files = ['0.log.20261101-000000.gz', '0.log.20261102-000000', '0.log.20261103-000000.tmp']
  assert.deepEqual(planRotation({ name: '0.log', bytes: 100 }, files, NOW_MS, LIMITS), {
    remove: ['0.log.20261103-000000.tmp', '0.log.20261101-000000.gz'],
    compress: ['0.log.20261102-000000'],
    rename: '0.log.20261123-101500',
  })
})
