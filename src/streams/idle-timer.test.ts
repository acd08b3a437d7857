import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../base/clock.ts'
import { idleTimer } from './idle-timer.ts'

test('idleTimer() calls back once, when nothing was touched for the whole time', () => {
  const clock = manualClock()
  let idle = 0
  const timer = idleTimer(clock, 100, () => idle++)
  clock.advance(99)
  timer.touch()
  clock.advance(99)
  assert.equal(idle, 0)
  clock.advance(1)
  clock.advance(1000)
  assert.equal(idle, 1)
})

test('idleTimer() stays silent after it was disposed', () => {
  const clock = manualClock()
  const timer = idleTimer(clock, 100, () => assert.fail('called back'))
  timer[Symbol.dispose]()
  clock.advance(1000)
})

function manualClock(): Clock & { advance(ms: number): void } {
  let now = 0
  const timers = new Map<object, { at: number; callback: () => void }>()
  return {
    now: () => now,
    monotonic: () => now,
    after(ms, callback) {
      const key = {}
      timers.set(key, { at: now + ms, callback })
      return { [Symbol.dispose]: () => void timers.delete(key) }
    },
    advance(ms) {
      now += ms
      for (const [key, timer] of timers) {
        if (timer.at > now) continue
        timers.delete(key)
        timer.callback()
      }
    },
  }
}
