import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { sleep } from './clock.ts'
import { virtualClock } from './virtual-clock.node.ts'

test('advance() runs due timers in order, and those of one time as they were set', async () => {
  const clock = virtualClock({ startMs: 1000 })
  const seen: string[] = []
  clock.after(20, () => seen.push(`c at ${clock.now()}`))
  clock.after(10, () => seen.push(`a at ${clock.now()}`))
  clock.after(10, () => seen.push(`b at ${clock.now()}`))
  clock.after(31, () => seen.push('too late'))
  await clock.advance(30)
  assert.deepEqual(seen, ['a at 1010', 'b at 1010', 'c at 1020'])
  assert.equal(clock.now(), 1030)
  assert.equal(clock.msUntilNext(), 1)
})

test('skip() runs what came due at once, in order, at the time that it is then', async () => {
  const clock = virtualClock({ startMs: 1000 })
  const seen: string[] = []
  clock.after(20, () => seen.push(`b at ${clock.now()}`))
  clock.after(10, () => {
    seen.push(`a at ${clock.now()}`)
    clock.after(10, () => seen.push('too late'))
  })
  await clock.skip(5000)
  assert.deepEqual(seen, ['a at 6000', 'b at 6000'])
  assert.equal(clock.msUntilNext(), 10)
})

test('advance() lets promise jobs settle between timers', async () => {
  const clock = virtualClock()
  const seen: string[] = []
  const worker = async (name: string): Promise<void> => {
    for (let i = 0; i < 3; i += 1) {
      await sleep(clock, 10)
      for (let j = 0; j < 50; j += 1) await Promise.resolve()
      seen.push(`${name}${clock.monotonic()}`)
    }
  }
  void worker('a')
  void worker('b')
  await clock.advance(25)
  assert.deepEqual(seen, ['a10', 'b10', 'a20', 'b20'])
  await clock.advance(5)
  assert.deepEqual(seen.slice(4), ['a30', 'b30'])
})

test('advance() passes over timers that were disposed', async () => {
  const clock = virtualClock()
  let fired = 0
  const timers = Array.from({ length: 5000 }, () => clock.after(10, () => (fired += 1)))
  for (const timer of timers.slice(1)) timer[Symbol.dispose]()
  await clock.advance(10)
  assert.equal(fired, 1)
  assert.equal(clock.msUntilNext(), undefined)
})

test('advance() lets a signal end a sleep', async () => {
  const clock = virtualClock()
  const abort = new AbortController()
  const sleeping = sleep(clock, 1000, { signal: abort.signal })
  abort.abort(new Error('enough'))
  await assert.rejects(sleeping, /enough/)
  assert.equal(clock.msUntilNext(), undefined)
})

test('advanceUntil() stops at the timer that makes it true', async () => {
  const clock = virtualClock()
  let ticks = 0
  const tick = (): void => {
    ticks += 1
    clock.after(10, tick)
  }
  clock.after(10, tick)
  assert.equal(await clock.advanceUntil(() => ticks === 3, 1000), true)
  assert.equal(clock.monotonic(), 30)
  assert.equal(await clock.advanceUntil(() => ticks === 100, 50), false)
})
