import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzApart } from './apart.node.ts'

test('fuzzApart() gives the count of inputs that were read', async () => {
  const accepted = await fuzzApart('label selectors', { seed: 2, inputs: 500 })
  assert.ok(accepted > 0 && accepted < 500, `${accepted}`)
})
