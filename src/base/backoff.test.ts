import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { backoffMs } from './backoff.ts'
import { seededRandom } from './random.ts'

test('backoffMs() doubles up to its limit', () => {
  const waits = [1, 2, 3, 4, 5, 60].map((failures) =>
    backoffMs({ baseMs: 100, maxMs: 1000 }, failures),
  )
  assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000])
})

test('backoffMs() adds at most the share that jitter says', () => {
  const random = seededRandom(1)
  for (let i = 0; i < 100; i += 1) {
    const ms = backoffMs({ baseMs: 100, maxMs: 1000, jitter: 0.5 }, 1, random)
    assert.ok(ms >= 100 && ms < 150)
  }
})
