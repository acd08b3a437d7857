import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { PriorityQueue } from './queue-priority.ts'
import { Queue } from './queue.ts'

const operations = fc.array(fc.option(fc.integer({ min: 0, max: 50 })), { maxLength: 300 })

test('Queue gives items in the order in which they came, like an array', () => {
  fc.assert(
    fc.property(operations, (items) => {
      const [queue, model] = [new Queue<number>(), [] as number[]]
      for (const item of items) {
        if (item === null) assert.equal(queue.shift(), model.shift())
        else {
          queue.push(item)
          model.push(item)
        }
        assert.equal(queue.length, model.length)
        assert.equal(queue.peek(), model[0])
      }
    }),
  )
})

test('Queue grows and shrinks without losing an item', () => {
  const queue = new Queue<number>()
  for (let i = 0; i < 1000; i += 1) queue.push(i)
  for (let i = 0; i < 1000; i += 1) assert.equal(queue.shift(), i)
  assert.equal(queue.shift(), undefined)
})

test('PriorityQueue gives the least item, like a sorted array', () => {
  fc.assert(
    fc.property(operations, (items) => {
      const [queue, model] = [new PriorityQueue<number>((a, b) => a - b), [] as number[]]
      for (const item of items) {
        if (item === null) assert.equal(queue.pop(), model.shift())
        else {
          queue.push(item)
          model.push(item)
          model.sort((a, b) => a - b)
        }
        assert.equal(queue.peek(), model[0])
      }
      queue.retain((item) => item % 2 === 0)
      for (const item of model.filter((each) => each % 2 === 0)) assert.equal(queue.pop(), item)
      assert.equal(queue.length, 0)
    }),
  )
})
