import assert from 'node:assert/strict'
import { test } from 'node:test'
import { estimateWork, maxSeats, ONE_OBJECT, ONE_SEAT, type WorkFacts } from './work-estimate.ts'

const LIST: WorkFacts = { ...ONE_OBJECT, verb: 'list', readsAll: true }

test('estimateWork() gives a long list a seat for each hundred objects, up to the limit of its level', () => {
  const seats = (facts: Partial<WorkFacts>, max = 10): number =>
    maxSeats(estimateWork({ ...LIST, ...facts }, max))
  assert.equal(seats({}), 1)
  assert.equal(seats({ objects: 100 }), 1)
  assert.equal(seats({ objects: 101 }), 2)
  assert.equal(seats({ objects: 100_000 }), 10)
  assert.equal(seats({ objects: 100_000 }, 3), 3)
  assert.equal(seats({ objects: 100_000, limit: 500 }), 5)
  assert.equal(seats({ objects: 1000, limit: 500, isSelective: true }), 10)
})

test('estimateWork() lets a write that many watches hear of hold seats for a while', () => {
  const write = { ...ONE_OBJECT, verb: 'create' }
  assert.deepEqual(estimateWork({ ...write, watches: 9 }, 10), ONE_SEAT)
  const few = estimateWork({ ...write, watches: 25 }, 10)
  assert.deepEqual(few, { initialSeats: 1, finalSeats: 3, additionalSeconds: 0.005 })
  const many = estimateWork({ ...write, watches: 1000 }, 10)
  assert.deepEqual(many, { initialSeats: 1, finalSeats: 10, additionalSeconds: 0.05 })
})

test('estimateWork() gives everything else one seat', () => {
  assert.deepEqual(estimateWork({ ...ONE_OBJECT, objects: 5000, watches: 500 }, 10), ONE_SEAT)
})
