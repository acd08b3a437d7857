import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { WorkQueue } from './work-queue.ts'

const setUp = () => {
  const clock = virtualClock()
  return { clock, queue: new WorkQueue({ clock }) }
}

test('WorkQueue gives a key once, however often it was added', async () => {
  const { queue } = setUp()
  for (const key of ['a', 'b', 'a']) queue.add(key)
  assert.equal(queue.length, 2)
  assert.deepEqual([await queue.take(), await queue.take()], ['a', 'b'])
})

test('WorkQueue gives a key to one worker at a time, and again when it was added meanwhile', async () => {
  const { queue } = setUp()
  queue.add('a')
  assert.equal(await queue.take(), 'a')
  queue.add('a')
  queue.add('a')
  assert.equal(queue.length, 0)
  queue.done('a')
  assert.equal(queue.length, 1)
  assert.equal(await queue.take(), 'a')
  queue.done('a')
  assert.equal(queue.length, 0)
})

test('WorkQueue has workers wait for a key, and lets them go when it is disposed', async () => {
  const { queue } = setUp()
  const [first, second] = [queue.take(), queue.take()]
  queue.add('a')
  assert.equal(await first, 'a')
  queue[Symbol.dispose]()
  assert.equal(await second, undefined)
  assert.equal(await queue.take(), undefined)
})

test('addAfter() adds a key at the earliest of its times', async () => {
  const { clock, queue } = setUp()
  queue.addAfter('a', 100)
  queue.addAfter('a', 50)
  queue.addAfter('a', 70)
  await clock.advance(49)
  assert.equal(queue.length, 0)
  await clock.advance(1)
  assert.equal(await queue.take(), 'a')
  queue.done('a')
  await clock.advance(1000)
  assert.equal(queue.length, 0)
})

test('retry() waits 5 ms, doubling up to 1000 s, until forget()', async () => {
  const { clock, queue } = setUp()
  const waitOf = async (): Promise<number> => {
    queue.retry('a')
    const ms = clock.msUntilNext()!
    await clock.advance(ms)
    assert.equal(await queue.take(), 'a')
    queue.done('a')
    return ms
  }
  const waits: number[] = []
  for (let i = 0; i < 20; i += 1) waits.push(await waitOf())
  assert.deepEqual(waits.slice(0, 4), [5, 10, 20, 40])
  assert.equal(waits.at(-1), 1_000_000)
  queue.forget('a')
  assert.equal(await waitOf(), 5)
})

const operations = fc.array(
  fc.record({
    type: fc.constantFrom('add', 'take', 'done'),
    key: fc.constantFrom('a', 'b', 'c'),
  }),
)

test('WorkQueue never loses a key, and never gives one to two workers', async () => {
  await fc.assert(
    fc.asyncProperty(operations, async (steps) => {
      const { queue } = setUp()
      const [due, working] = [new Set<string>(), new Set<string>()]
      for (const { type, key } of steps) {
        if (type === 'add') {
          queue.add(key)
          due.add(key)
        } else if (type === 'done') {
          if (working.delete(key)) queue.done(key)
        } else if (queue.length > 0) {
          const taken = (await queue.take())!
          assert.ok(due.delete(taken) && !working.has(taken))
          working.add(taken)
        }
        assert.equal(queue.length, [...due].filter((each) => !working.has(each)).length)
      }
    }),
  )
})
