import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Clock } from '../base/clock.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { Pacer } from './pacer.ts'

/** A virtual clock that goes on also while code runs, as a real one does. */
function setUp() {
  const virtual = virtualClock()
  let busyMs = 0
  const clock: Clock = { ...virtual, monotonic: () => virtual.monotonic() + busyMs }
  const pacer = new Pacer(clock)
  const pass = (ms: number): number => pacer.measure(() => (busyMs += ms)).busyMs
  const abort = new AbortController()
  const turn = async (): Promise<string> => {
    let answer = 'wait'
    void pacer.turn(abort.signal).then((isTurn) => (answer = isTurn ? 'go' : 'stop'))
    await virtual.settle()
    return answer
  }
  return { virtual, pass, turn, abort }
}

test('Pacer lets others run once passes have kept the thread for a while', async () => {
  const { pass, turn, virtual } = setUp()
  pass(4)
  assert.equal(await turn(), 'go')
  pass(4)
  assert.equal(await turn(), 'wait')
  await virtual.advance(1)
  assert.equal(await turn(), 'go')
})

test('Pacer has nobody wait who is to stop', async () => {
  const { pass, turn, abort } = setUp()
  pass(10)
  abort.abort()
  assert.equal(await turn(), 'stop')
})
