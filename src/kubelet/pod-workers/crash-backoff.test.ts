import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crashBackoff } from './crash-backoff.ts'

const MINUTE_MS = 60_000

test('crashBackoff(300_000) lets the first crash pass, then waits 10 s, doubling up to 5 minutes', () => {
  const backoff = crashBackoff(300_000)
  let nowMs = 0
  const delays: (number | undefined)[] = []
  for (let i = 0; i < 8; i += 1) {
    const waiting = backoff.waiting('m', nowMs, nowMs)
    delays.push(waiting?.delayMs)
    const crashedAtMs = nowMs
    nowMs = waiting?.untilMs ?? nowMs
    assert.equal(backoff.waiting('m', crashedAtMs, nowMs), undefined)
    backoff.restarted('m', crashedAtMs, nowMs)
  }
  assert.deepEqual(
    delays.map((ms) => (ms === undefined ? ms : ms / 1000)),
    [undefined, 10, 20, 40, 80, 160, 300, 300],
  )
})

test('crashBackoff(300_000) forgets a container that ran for ten minutes', () => {
  const backoff = crashBackoff(300_000)
  backoff.restarted('m', 0, 0)
  assert.ok(backoff.waiting('m', 10 * MINUTE_MS, 10 * MINUTE_MS))
  assert.equal(backoff.waiting('m', 10 * MINUTE_MS + 1, 10 * MINUTE_MS + 1), undefined)
  assert.equal(backoff.waiting('other', 1, 1), undefined)
})
