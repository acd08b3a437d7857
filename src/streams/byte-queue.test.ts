import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { byteQueue } from './byte-queue.ts'

test('byteQueue() gives back what went in, in order', () => {
  const command = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.uint8Array({ maxLength: 8 }),
    fc.constant('shift'),
  )
  fc.assert(
    fc.property(fc.array(command, { maxLength: 100 }), (commands) => {
      const queue = byteQueue()
      let model = Buffer.alloc(0)
      for (const bytes of commands) {
        if (bytes instanceof Uint8Array) {
          queue.push(bytes)
          model = Buffer.concat([model, bytes])
        } else {
          const piece = queue.shift() ?? new Uint8Array(0)
          assert.ok(model.length === 0 || piece.length > 0)
          assert.equal(Buffer.compare(piece, model.subarray(0, piece.length)), 0)
          model = model.subarray(piece.length)
        }
        assert.equal(queue.length, model.length)
      }
    }),
  )
})

test('byteQueue() packs single bytes', () => {
  const queue = byteQueue()
  for (let i = 0; i < 100_000; i++) queue.push(Uint8Array.of(i))
  let pieces = 0
  while (queue.shift()) pieces++
  assert.ok(pieces < 100, `${pieces} pieces`)
})
