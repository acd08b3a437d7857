import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coalesced } from './coalesced.ts'

test('coalesced() runs once more for all calls while it runs, never twice at a time', async () => {
  let [runs, atOnce, atOnceMax] = [0, 0, 0]
  const gate = Promise.withResolvers<void>()
  const work = coalesced(async () => {
    atOnceMax = Math.max(atOnceMax, (atOnce += 1))
    runs += 1
    await gate.promise
    atOnce -= 1
  })
  const calls = [work(), work(), work()]
  gate.resolve()
  await Promise.all(calls)
  assert.deepEqual([runs, atOnceMax], [2, 1])
})

test('coalesced() misses no call that comes at any moment of its end', async () => {
  for (let jobs = 0; jobs < 10; jobs++) {
    let runs = 0
    const work = coalesced(async () => void (runs += 1))
    const first = work()
    for (let job = 0; job < jobs; job++) await Promise.resolve()
    await Promise.all([first, work()])
    assert.equal(runs, 2)
  }
})
