import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { frameParser, grpcFrame } from './grpc-frames.ts'

test('frameParser() gives the messages however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
      (messages, cuts) => {
        const bytes = Uint8Array.from(messages.flatMap((message) => [...grpcFrame(message)]))
        const parser = frameParser(1000)
        const parsed: Uint8Array[] = []
        for (let at = 0; at < bytes.length;) {
          const end = at + (cuts.next().value as number)
          parsed.push(...parser.push(bytes.subarray(at, end)))
          at = end
        }
        assert.deepEqual(parsed, messages)
      },
    ),
  )
})

test('frameParser() refuses a message that is too long or compressed', () => {
  assert.throws(() => frameParser(3).push(grpcFrame(new Uint8Array(4))), {
    message: 'received message larger than max (4 vs. 3)',
  })
  assert.throws(() => frameParser(3).push(Uint8Array.of(1, 0, 0, 0, 0)), RangeError)
})
