import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { EventCorrelator, type Occurrence } from './event-correlator.ts'

const occurrence = (message: string, about = 'pod'): Occurrence => ({
  about,
  type: 'Normal',
  reason: 'Killing',
  message,
})

function observe(correlator: EventCorrelator, what: Occurrence, nowMs: number) {
  const recorded = correlator.observe(what, nowMs)
  const firstMs = recorded.type === 'again' ? recorded.firstMs : nowMs
  const name = recorded.type === 'again' ? recorded.name : `event-${nowMs}`
  correlator.wrote(recorded.key, { name, count: recorded.count, firstMs })
  return recorded
}

test('EventCorrelator counts what happens again', () => {
  const correlator = new EventCorrelator()
  assert.equal(observe(correlator, occurrence('x'), 1).type, 'new')
  const again = observe(correlator, occurrence('x'), 5)
  assert.ok(again.type === 'again')
  assert.deepEqual([again.name, again.count, again.firstMs], ['event-1', 2, 1])
  assert.equal(observe(correlator, occurrence('y'), 6).type, 'new')
})

test('EventCorrelator tells many different messages of one reason as one event', () => {
  const correlator = new EventCorrelator()
  const seen = Array.from({ length: 12 }, (_, i) => observe(correlator, occurrence(`m${i}`), i))
  assert.deepEqual(
    seen.slice(8).map((each) => [each.type, each.message, each.count]),
    [
      ['new', 'm8', 1],
      ['new', '(combined from similar events): m9', 1],
      ['again', '(combined from similar events): m10', 2],
      ['again', '(combined from similar events): m11', 3],
    ],
  )
  const later = observe(correlator, occurrence('m20'), 700_000)
  assert.equal(later.message, 'm20')
})

test('EventCorrelator lets one object cause 25 events at once, and then one in five minutes', () => {
  const correlator = new EventCorrelator()
  const admitted = Array.from({ length: 26 }, () => correlator.admit(occurrence('x'), 0))
  assert.equal(admitted.filter(Boolean).length, 25)
  assert.equal(correlator.admit(occurrence('x', 'other'), 0), true)
  assert.equal(correlator.admit(occurrence('x'), 299_000), false)
  assert.equal(correlator.admit(occurrence('x'), 600_000), true)
})
