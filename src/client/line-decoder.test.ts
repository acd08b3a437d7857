import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { LineDecoder } from './line-decoder.ts'

test('LineDecoder gives the lines of a stream, wherever it was cut', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'))
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(20)), (lines, cuts) => {
      const bytes = new TextEncoder().encode(lines.map((each) => `${each}\n`).join(''))
      const decoder = new LineDecoder()
      const seen: Uint8Array[] = []
      let start = 0
      for (const cut of [...cuts, bytes.length]) {
        seen.push(...decoder.push(bytes.subarray(start, start + cut)))
        start += cut
      }
      seen.push(...decoder.push(bytes.subarray(start)))
      assert.deepEqual(
        seen.map((each) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(each)),
        lines,
      )
    }),
  )
})
