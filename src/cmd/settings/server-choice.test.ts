import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverChoice } from './server-choice.node.ts'

test('serverChoice() reads what upstream names', () => {
  const flags = {
    maxRequestsInflight: '40',
    maxMutatingRequestsInflight: '20',
    enablePriorityAndFairness: 'false',
    requestTimeout: '1m30s',
    minRequestTimeout: '600',
    shutdownDelayDuration: '5s',
    eventTtl: '2h',
  }
  assert.deepEqual(serverChoice(flags), {
    flags: {
      'max-requests-inflight': '40',
      'max-mutating-requests-inflight': '20',
      'enable-priority-and-fairness': 'false',
      'request-timeout': '1m30s',
      'min-request-timeout': '600',
      'shutdown-delay-duration': '5s',
      'event-ttl': '2h',
    },
    inFlightLimits: { reads: 40, writes: 20 },
    priorityAndFairness: false,
    requestTimeoutLimitMs: 90_000,
    watchSecondsMin: 600,
    shutdownDelayMs: 5000,
    eventTtlSeconds: 7200,
  })
  assert.deepEqual(serverChoice({}), { flags: {}, inFlightLimits: { reads: 400, writes: 200 } })
})
