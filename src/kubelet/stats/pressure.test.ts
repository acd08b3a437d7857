import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePressure } from './pressure.ts'

test('parsePressure() reads what the kernel tells', () => {
  const text =
    'some avg10=0.12 avg60=1.50 avg300=0.01 total=12345\nfull avg10=0.00 avg60=0.25 avg300=0.00 total=99\n'
  assert.deepEqual(parsePressure(text), {
    some: { total: 12_345_000, avg10: 0.12, avg60: 1.5, avg300: 0.01 },
    full: { total: 99_000, avg10: 0, avg60: 0.25, avg300: 0 },
  })
  const [some] = text.split('\n')
  assert.equal(parsePressure(some!)?.full.total, 0)
  assert.equal(parsePressure(''), undefined)
})
