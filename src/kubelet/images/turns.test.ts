import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { turns } from './turns.ts'

test('turns() runs so many at once, the rest in order', async () => {
  const turn = turns(2)
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>())
  const started: number[] = []
  const tasks = gates.map((gate, index) =>
    turn(async () => {
      started.push(index)
      await gate.promise
      return index
    }),
  )
  await eventually(() => started.length === 2)
  assert.deepEqual(started, [0, 1])
  gates[1]!.resolve()
  assert.equal(await tasks[1], 1)
  gates[0]!.resolve()
  await tasks[0]
  gates[2]!.resolve()
  gates[3]!.resolve()
  assert.deepEqual(await Promise.all(tasks), [0, 1, 2, 3])
  assert.deepEqual(started, [0, 1, 2, 3])
})

test('turns() passes the turn on from a task that fails or is given up', async () => {
  const turn = turns(1)
  const gate = Promise.withResolvers<void>()
  const failing = turn(() => gate.promise)
  const abort = new AbortController()
  const abandoned = turn(() => assert.fail('must not run'), abort.signal)
  const last = turn(() => Promise.resolve('done'))

  abort.abort(new Error('given up'))
  await assert.rejects(abandoned, { message: 'given up' })
  gate.reject(new Error('broken'))
  await assert.rejects(failing, { message: 'broken' })
  assert.equal(await last, 'done')
})
