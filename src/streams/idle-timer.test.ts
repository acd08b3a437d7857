import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { idleTimer } from './idle-timer.ts'

test('idleTimer() calls back once, when nothing was touched for the whole time', async () => {
  const clock = virtualClock()
  let idle = 0
  const timer = idleTimer(clock, 100, () => idle++)
  await clock.advance(99)
  timer.touch()
  await clock.advance(99)
  assert.equal(idle, 0)
  await clock.advance(1)
  await clock.advance(1000)
  assert.equal(idle, 1)
})

test('idleTimer() stays silent after it was disposed', async () => {
  const clock = virtualClock()
  const timer = idleTimer(clock, 100, () => assert.fail('called back'))
  timer[Symbol.dispose]()
  await clock.advance(1000)
})
