import assert from 'node:assert/strict'
import { test } from 'node:test'
import { receiveBudget } from './receive-budget.ts'

test('receiveBudget() pauses above its limit and resumes at half of it', () => {
  const calls: string[] = []
  const budget = receiveBudget(
    { pause: () => calls.push('pause'), resume: () => calls.push('resume') },
    100,
  )
  for (const bytes of [100, 1, 50, -90, -10, -1, 50]) budget.add(bytes)
  assert.deepEqual(calls, ['pause', 'resume'])
  assert.equal(budget.paused, false)
})
