import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { firstFailure, slowStart } from './slow-start.ts'

test('slowStart() calls in batches that double', async () => {
  const running: number[] = []
  let now = 0
  await slowStart(10, async () => {
    now += 1
    running.push(now)
    await Promise.resolve()
    now -= 1
  })
  assert.equal(running.length, 10)
  assert.deepEqual(running, [1, 1, 2, 1, 2, 3, 4, 1, 2, 3])
})

test('slowStart() stops after the batch that fails, with its first failure', async () => {
  const calls: number[] = []
  const act = async (index: number): Promise<void> => {
    calls.push(index)
    if (index >= 2) throw new Error(`refused ${index}`)
  }
  await assert.rejects(slowStart(100, act), /refused 2/)
  assert.deepEqual(calls, [0, 1, 2])
})

test('firstFailure() waits for all, and gives the first of the list', async () => {
  const late = new Promise<void>((_, reject) => {
    setImmediate(() => reject(new Error('late')))
  })
  const failure = await firstFailure(Promise.resolve(), late, Promise.reject(new Error('early')))
  assert.equal(failure?.message, 'late')
  assert.equal(await firstFailure(Promise.resolve(1), undefined), undefined)
})
