import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Source } from './source.ts'

test('Source: who waits for a revision goes on when it is there, and when it never will be', async () => {
  const source = new Source(5, new Map())
  await source.reached(5)
  const [six, seven] = [source.reached(6), source.reached(7)]
  source.advance(6)
  await six
  source.end()
  await seven
  await source.reached(8)
})
