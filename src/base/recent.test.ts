import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recent } from './recent.ts'

test('recent() makes once what it is asked for again and again, and forgets the rest', () => {
  const made: string[] = []
  const length = recent(
    (text) => {
      made.push(text)
      return text.length
    },
    { count: 2 },
  )
  const texts = ['a', 'bb', 'a', 'ccc', 'a', 'dddd', 'a', 'bb']
  assert.deepEqual(texts.map(length), [1, 2, 1, 3, 1, 4, 1, 2])
  assert.deepEqual(made, ['a', 'bb', 'ccc', 'dddd', 'bb'])
})

test('recent() makes nothing of nothing as often as it is asked', () => {
  const none = recent(() => undefined)
  assert.deepEqual([none('a'), none('a')], [undefined, undefined])
})
