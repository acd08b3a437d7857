import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { Renewals } from './renewals.ts'

test('Renewals tells of a Pod at the earliest time that was named, and leaves no timer', async () => {
  const clock = virtualClock()
  const told: string[] = []
  using renewals = new Renewals(clock, (podUid) => void told.push(podUid))
  const now = clock.now()
  renewals.at('a', now + 60_000)
  renewals.at('a', now + 90_000)
  renewals.at('a', now + 30_000)
  renewals.at('b', now + 60_000)
  await clock.advance(29_999)
  assert.deepEqual(told, [])
  await clock.advance(1)
  assert.deepEqual(told, ['a'])
  renewals.at('a', now) // Over already: soon, but not at once.
  await clock.advance(999)
  assert.deepEqual(told, ['a'])
  await clock.advance(1)
  assert.deepEqual(told, ['a', 'a'])
  renewals.forget('b')
  assert.equal(clock.msUntilNext(), undefined)
})
