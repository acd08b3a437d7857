import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeptEncodings, type EncodingKeeper } from './kept-encodings.ts'

test('KeptEncodings forgets what was not used for a whole round', () => {
  const kept = new KeptEncodings(10)
  const forgotten: string[] = []
  const keeper = (name: string): EncodingKeeper & { usedIn: number } => {
    const made = { usedIn: kept.round, forget: () => void forgotten.push(name) }
    kept.add(made, 5)
    return made
  }
  keeper('a')
  const b = keeper('b')
  assert.equal(kept.round, 1)
  b.usedIn = kept.round
  keeper('c')
  keeper('d')
  assert.deepEqual(forgotten, ['a'])
  keeper('e')
  keeper('f')
  assert.deepEqual(forgotten, ['a', 'c', 'd', 'b'])
})
