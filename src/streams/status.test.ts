import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeStatus,
  encodeStatus,
  exitCodeOf,
  exitStatus,
  internalErrorStatus,
  parseStatus,
} from './status.ts'

const [V3, V4] = ['v3.channel.k8s.io', 'v4.channel.k8s.io']

test('a status survives the error stream of version 4', () => {
  for (const status of [exitStatus(0), exitStatus(255), internalErrorStatus('no such container')]) {
    assert.deepEqual(decodeStatus(V4, encodeStatus(V4, status)), status)
  }
})

test('exitStatus() says what kubectl looks for', () => {
  assert.deepEqual(exitStatus(2), {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '2' }] },
    message: 'command terminated with non-zero exit code: exit status 2',
  })
})

test('before version 4 success is silent and a failure is its message', () => {
  assert.equal(encodeStatus(V3, exitStatus(0)), '')
  assert.equal(decodeStatus(V3, '').status, 'Success')
  const failure = decodeStatus(V3, encodeStatus(V3, internalErrorStatus('boom')))
  assert.equal(failure.message, 'Internal error occurred: boom')
  assert.equal(exitCodeOf(failure), undefined)
})

test('decodeStatus() makes a failure of what is no Status', () => {
  for (const text of ['', 'panic: oh no', '{"status":"Perhaps"}', 'null', '[]']) {
    const status = decodeStatus(V4, text)
    assert.equal(status.status, 'Failure')
    assert.match(status.message!, /^error stream protocol error: /)
  }
})

test('exitCodeOf() needs a number', () => {
  assert.equal(exitCodeOf(exitStatus(0)), 0)
  assert.equal(exitCodeOf(exitStatus(137)), 137)
  const odd = parseStatus(
    '{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"x"}]}}',
  )
  assert.equal(exitCodeOf(odd!), undefined)
})
