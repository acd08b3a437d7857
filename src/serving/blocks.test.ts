import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blocks } from './blocks.ts'

const KIB = 1024

test('blocks() joins what is small and cuts what is large, without a copy', () => {
  const large = new Uint8Array(150 * KIB).fill(7)
  const small = [Uint8Array.of(1), Uint8Array.of(2, 3)]
  const made = [...blocks([...small, large, ...small])]
  assert.deepEqual(
    made.map(({ length }) => length),
    [3, 64 * KIB, 64 * KIB, 22 * KIB, 3],
  )
  assert.equal(made[1]!.buffer, large.buffer)
  assert.deepEqual(Buffer.concat(made), Buffer.concat([...small, large, ...small]))
})

test('blocks() makes nothing of nothing', () => {
  assert.deepEqual([...blocks([])], [])
  assert.deepEqual([...blocks(new Uint8Array())], [])
})
