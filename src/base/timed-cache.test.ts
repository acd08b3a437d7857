import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timedCache } from './timed-cache.ts'
import { virtualClock } from './virtual-clock.node.ts'

test('timedCache() asks once for as long as an answer holds', async () => {
  const clock = virtualClock()
  const cache = timedCache<number>({ clock, max: 2, keyLengthMax: 3 })
  let asked = 0
  const get = (key: string, ms = 1000): Promise<number> =>
    cache.get(
      key,
      () => ++asked,
      () => ms,
    )
  assert.deepEqual(await Promise.all([get('a'), get('a')]), [1, 1])
  assert.equal(await get('a'), 1)
  await clock.advance(1000)
  assert.equal(await get('a'), 2)
  assert.deepEqual([await get('b'), await get('c'), await get('b')], [3, 4, 3])
  assert.equal(await get('a'), 5) // The oldest had to go.
  assert.deepEqual([await get('zero', 1000), await get('zero', 1000)], [6, 7]) // Too long a key.
  assert.deepEqual([await get('d', 0), await get('d', 0)], [8, 9])
})

test('timedCache() asks again after a failure, which all hear who asked', async () => {
  const cache = timedCache<string>({ clock: virtualClock(), max: 2 })
  const fails = (): never => {
    throw new Error('gone')
  }
  const second = (): number => 1000
  const failed = await Promise.allSettled([1, 2].map(() => cache.get('a', fails, second)))
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.equal(await cache.get('a', () => 'back', second), 'back')
})
