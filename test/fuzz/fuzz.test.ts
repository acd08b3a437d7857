import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from './run.ts'
import { TARGETS } from './targets.ts'

const INPUTS = 10_000

for (const target of TARGETS) {
  test(`${target.name}: whatever is sent is read or refused`, async () => {
    const accepted = await fuzz(target, { seed: 1, inputs: INPUTS })
    // A generator that makes nothing but rubbish would test nothing.
    assert.ok(accepted > INPUTS / 100, `only ${accepted} were read`)
  })
}
