import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { decodeChannelMessage, encodeChannelMessage } from './channel-message.ts'

test('the examples of the protocol', () => {
  const encoder = new TextEncoder()
  assert.deepEqual(
    encodeChannelMessage('binary', 0, encoder.encode('foo\n')),
    Uint8Array.of(0, 102, 111, 111, 10),
  )
  assert.equal(encodeChannelMessage('base64', 0, encoder.encode('foo\n')), '0Zm9vCg==')
  assert.equal(encodeChannelMessage('base64', 1, encoder.encode('\n')), '1Cg==')
})

test('what is encoded is decoded', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('binary' as const, 'base64' as const),
      fc.nat(9),
      fc.uint8Array(),
      (codec, channel, data) => {
        const encoded = encodeChannelMessage(codec, channel, data)
        const bytes = typeof encoded === 'string' ? new TextEncoder().encode(encoded) : encoded
        assert.deepEqual(decodeChannelMessage(codec, bytes), { channel, data })
      },
    ),
  )
})

test('any bytes are a message or nothing', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('binary' as const, 'base64' as const),
      fc.uint8Array(),
      (codec, bytes) => {
        const message = decodeChannelMessage(codec, bytes)
        if (bytes.length === 0) assert.equal(message, undefined)
      },
    ),
  )
})
