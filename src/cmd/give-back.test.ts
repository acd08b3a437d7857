import assert from 'node:assert/strict'
import { test } from 'node:test'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { giveMemoryBack } from './give-back.ts'

const MIB = 1 << 20

/** A heap of which so much is used, half of it in vain. */
function heapOf(mib: number) {
  const heap = {
    mib,
    collections: 0,
    usedBytes: () => heap.mib * MIB,
    collect() {
      heap.collections += 1
      heap.mib /= 2
    },
  }
  return heap
}

test('giveMemoryBack() collects after the start, and when the heap has grown since', async () => {
  const clock = virtualClock()
  const heap = heapOf(40)
  using _ = giveMemoryBack(clock, heap)
  await clock.advance(5_000)
  assert.equal(heap.collections, 1)
  await clock.advance(600_000)
  assert.equal(heap.collections, 1, 'nothing has grown')
  heap.mib += 5
  await clock.advance(30_000)
  assert.equal(heap.collections, 2)
})

test('giveMemoryBack() leaves a large heap alone, and ends when it is disposed', async () => {
  const clock = virtualClock()
  const heap = heapOf(500)
  const running = giveMemoryBack(clock, heap)
  await clock.advance(600_000)
  assert.equal(heap.collections, 0)
  running[Symbol.dispose]()
  heap.mib = 40
  await clock.advance(600_000)
  assert.equal(heap.collections, 0)
})
