import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { dealHand, flowHash } from './shuffle-sharding.ts'

const decks = fc
  .integer({ min: 1, max: 200 })
  .chain((deck) => fc.tuple(fc.constant(deck), fc.integer({ min: 1, max: Math.min(deck, 12) })))

test('dealHand() deals different queues of the deck, the same ones to the same flow', () => {
  fc.assert(
    fc.property(decks, fc.string(), ([deck, size], user) => {
      const hash = flowHash('schema', user)
      const hand = dealHand(hash, deck, size)
      assert.equal(new Set(hand).size, size)
      assert.ok(hand.every((queue) => queue >= 0 && queue < deck))
      assert.deepEqual(dealHand(hash, deck, size), hand)
    }),
  )
})

test('dealHand() loads all queues about alike', () => {
  const counts = Array.from({ length: 64 }, () => 0)
  for (let i = 0; i < 6400; i++) {
    for (const queue of dealHand(flowHash('s', `user-${i}`), 64, 6)) counts[queue]! += 1
  }
  assert.ok(Math.min(...counts) > 400 && Math.max(...counts) < 800, String(counts))
})

test('flowHash() tells schema and distinguisher apart', () => {
  assert.notEqual(flowHash('ab', 'c'), flowHash('a', 'bc'))
})
