import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosenFiles } from './payload.ts'

const DATA = new Map([
  ['a', Uint8Array.of(1)],
  ['b', Uint8Array.of(2)],
])
const SOURCE = { items: [], mode: 0o644, optional: false, what: 'configmap' } as const

test('chosenFiles() takes all keys where no items are named', () => {
  assert.deepEqual([...chosenFiles(DATA, SOURCE).keys()], ['a', 'b'])
  assert.deepEqual([...chosenFiles(DATA, { ...SOURCE, items: undefined }).keys()], ['a', 'b'])
})

test('chosenFiles() gives chosen keys their paths and modes', () => {
  const items = [
    { key: 'a', path: 'x/a', mode: 0o400 },
    { key: 'b', path: 'b' },
  ]
  assert.deepEqual(
    chosenFiles(DATA, { ...SOURCE, items }),
    new Map([
      ['x/a', { data: Uint8Array.of(1), mode: 0o400 }],
      ['b', { data: Uint8Array.of(2), mode: 0o644 }],
    ]),
  )
})

test('chosenFiles() refuses missing keys unless they are optional', () => {
  const items = [{ key: 'no', path: 'no' }]
  assert.throws(() => chosenFiles(DATA, { ...SOURCE, items }), {
    message: 'configmap references non-existent config key: no',
  })
  assert.throws(() => chosenFiles(DATA, { ...SOURCE, items, what: 'secret' }), {
    message: 'references non-existent secret key: no',
  })
  assert.equal(chosenFiles(DATA, { ...SOURCE, items, optional: true }).size, 0)
})
