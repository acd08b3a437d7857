import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { compareTexts } from './text-order.ts'

test('compareTexts() orders by the bytes in UTF-8', () => {
  const encoder = new TextEncoder()
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [left, right] = [encoder.encode(a).toHex(), encoder.encode(b).toHex()]
      assert.equal(Math.sign(compareTexts(a, b)), left < right ? -1 : left > right ? 1 : 0)
    }),
    { numRuns: 500 },
  )
})
