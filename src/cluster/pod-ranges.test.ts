import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { POD_RANGE, podRange, SIMULATED_POD_RANGE } from './pod-ranges.ts'

test('podRange() gives simulated nodes more room, but where somebody has chosen a range', () => {
  assert.equal(podRange(POD_RANGE, 'simulated'), SIMULATED_POD_RANGE)
  assert.equal(podRange(POD_RANGE, 'containerd'), POD_RANGE)
  assert.equal(podRange('10.0.0.0/20', 'simulated'), '10.0.0.0/20')
})
