import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { abortable, createChannel, linkedAbort } from './async.ts'

test('createChannel() gives the reader all items and then the end', async () => {
  const channel = createChannel<number>({ limit: 10 })
  channel.push(1)
  setImmediate(() => {
    channel.push(2)
    channel.push(3)
    channel.close()
  })
  assert.deepEqual(await Array.fromAsync(channel), [1, 2, 3])
  assert.equal(channel.push(4), false)
})

test('createChannel() gives what was pushed before an error, then the error', async () => {
  const channel = createChannel<number>({ limit: 10 })
  channel.push(1)
  channel.close(new Error('gone'))
  const seen: number[] = []
  await assert.rejects(async () => {
    for await (const item of channel) seen.push(item)
  }, /gone/)
  assert.deepEqual(seen, [1])
})

test('createChannel() fails a reader who is too slow', async () => {
  const channel = createChannel<number>({ limit: 2 })
  assert.deepEqual(
    [1, 2, 3].map((item) => channel.push(item)),
    [true, true, false],
  )
  await assert.rejects(Array.fromAsync(channel), /Cannot buffer more than 2 items/)
})

test('createChannel() tells when the reader stops early', async () => {
  let cancelled = 0
  const channel = createChannel<number>({ limit: 2, onCancel: () => (cancelled += 1) })
  channel.push(1)
  for await (const _ of channel) break
  assert.equal(cancelled, 1)
  assert.equal(channel.push(2), false)
})

test('abortable() rejects with the reason of the signal', async () => {
  const abort = new AbortController()
  const never = new Promise<void>(() => undefined)
  const waiting = abortable(never, abort.signal)
  abort.abort(new Error('stop'))
  await assert.rejects(waiting, /stop/)
  await assert.rejects(abortable(never, abort.signal), /stop/)
  assert.equal(await abortable(Promise.resolve(1), new AbortController().signal), 1)
})

test('linkedAbort() follows its signals until it is disposed', () => {
  const parent = new AbortController()
  const [linked, loose] = [linkedAbort(parent.signal, undefined), linkedAbort(parent.signal)]
  loose[Symbol.dispose]()
  parent.abort(new Error('stop'))
  assert.equal((linked.signal.reason as Error).message, 'stop')
  assert.equal(loose.signal.aborted, false)
})
