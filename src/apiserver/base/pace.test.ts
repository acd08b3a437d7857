import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../base/clock.ts'
import { pacer } from './pace.ts'

/** A clock on which each look takes a millisecond. */
function busyClock(): Clock {
  let ms = 0
  return {
    now: () => ms,
    monotonic: () => (ms += 1),
    after: () => ({ [Symbol.dispose]: () => undefined }),
  }
}

test('pacer() gives others a turn now and then, and never where nobody is there', async () => {
  let pauses = 0
  const pause = async (): Promise<void> => void (pauses += 1)
  const turn = pacer(busyClock(), pause)
  for (let step = 0; step < 1000; step++) await turn()
  assert.ok(pauses > 1 && pauses < 100, `${pauses} pauses`)
  const alone = pacer(busyClock(), undefined)
  for (let step = 0; step < 1000; step++) assert.equal(alone(), undefined)
})
