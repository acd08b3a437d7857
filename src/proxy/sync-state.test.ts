import assert from 'node:assert/strict'
import { test } from 'node:test'
import { syncState } from './sync-state.ts'

test('syncState() is healthy until a change is late', () => {
  let nowMs = 0
  const state = syncState({ monotonic: () => nowMs, now: () => nowMs })
  const after = (ms: number): boolean => {
    nowMs += ms
    return state.isHealthy()
  }
  assert.equal(after(90_000), true)
  state.queued()
  assert.equal(after(59_999), true)
  state.planned()
  state.queued()
  assert.equal(after(1), false)
  assert.equal(state.lastUpdatedMs(), 0)
  state.planned() // What was refused is planned again.
  assert.equal(state.isHealthy(), false)
  state.applied()
  assert.equal(after(90_000), true)
  assert.equal(state.lastUpdatedMs(), nowMs)
})
