import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pod } from '../api/core/v1/pod.ts'
import { invalid as invalidField, required } from '../schema/field-error.ts'
import { genericServerResponse } from './generic-status.ts'
import {
  alreadyExists,
  applyConflict,
  badRequest,
  conflict,
  findStatusError,
  forbidden,
  internalError,
  invalid,
  methodNotSupported,
  notAcceptable,
  notFound,
  resourceExpired,
  serverTimeout,
  timeout,
  toStatus,
  tooManyRequests,
  unauthorized,
} from './status-error.ts'
import {
  isAlreadyExists,
  isConflict,
  isExpired,
  isGone,
  isInvalid,
  isNotFound,
  isTooManyRequests,
  retryAfterSecondsOf,
} from './status-predicates.ts'

const pods = { group: '', resource: 'pods' }
const deployments = { group: 'apps', resource: 'deployments' }

test('notFound() gives the whole Status', () => {
  assert.deepEqual(notFound(deployments, 'web').status, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'deployments.apps "web" not found',
    reason: 'NotFound',
    details: { name: 'web', group: 'apps', kind: 'deployments' },
    code: 404,
  })
})

test('a resource may be given by its class', () => {
  assert.deepEqual(notFound(Pod, 'a').status, notFound(pods, 'a').status)
})

test('conflict() tells to try again', () => {
  assert.equal(
    conflict(pods, 'a').message,
    'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
  )
})

test('invalid() names one error plainly and several in brackets', () => {
  const one = [required('spec.containers')]
  const two = [...one, invalidField('spec.x', -1, 'must be positive'), ...one]
  assert.equal(
    invalid(Pod, 'a', one).message,
    'Pod "a" is invalid: spec.containers: Required value',
  )
  const error = invalid({ group: 'apps', kind: 'Deployment' }, 'a', two)
  assert.equal(
    error.message,
    'Deployment.apps "a" is invalid: [spec.containers: Required value, spec.x: Invalid value: -1: must be positive]',
  )
  assert.deepEqual(error.status.details?.causes?.[1], {
    reason: 'FieldValueInvalid',
    message: 'Invalid value: -1: must be positive',
    field: 'spec.x',
  })
  assert.equal(error.status.code, 422)
})

test('forbidden() names what it knows', () => {
  const none = { group: '', resource: '' }
  assert.equal(forbidden(pods, 'a', 'no').message, 'pods "a" is forbidden: no')
  assert.equal(forbidden(pods, '', 'no').message, 'pods is forbidden: no')
  assert.equal(forbidden(none, '', 'no').message, 'forbidden: no')
})

test('each reason has its code and text', () => {
  const cases: [Error, number, string][] = [
    [alreadyExists(pods, 'a'), 409, 'pods "a" already exists'],
    [unauthorized(), 401, 'not authorized'],
    [
      methodNotSupported(deployments, 'create'),
      405,
      'create is not supported on resources of kind "deployments.apps"',
    ],
    [resourceExpired('too old'), 410, 'too old'],
    [timeout('slow'), 504, 'Timeout: slow'],
    [
      serverTimeout(pods, 'list', 1),
      500,
      'The list operation against pods could not be completed at this time, please try again.',
    ],
    [internalError('x'), 500, 'Internal error occurred: x'],
    [applyConflict([], 'Apply failed'), 409, 'Apply failed'],
    [
      notAcceptable(['application/json']),
      406,
      'only the following media types are accepted: application/json',
    ],
  ]
  for (const [error, code, message] of cases) {
    assert.equal(toStatus(error).code, code)
    assert.equal(error.message, message)
  }
})

test('predicates tell reasons apart that share a code', () => {
  assert.ok(isAlreadyExists(alreadyExists(pods, 'a')))
  assert.ok(!isConflict(alreadyExists(pods, 'a')))
  assert.ok(isConflict(conflict(pods, 'a')))
  assert.ok(isExpired(resourceExpired('x')) && !isGone(resourceExpired('x')))
  assert.ok(!isNotFound(undefined) && !isNotFound(new Error('pods "a" not found')))
})

test('predicates see through causes, even where these go round', () => {
  const ring = new Error('ring')
  ring.cause = ring
  assert.ok(isNotFound(new Error('outer', { cause: notFound(pods, 'a') })))
  assert.equal(findStatusError(ring), undefined)
})

test('retryAfterSecondsOf() gives what the server asks for', () => {
  assert.equal(retryAfterSecondsOf(tooManyRequests('x', 7)), 7)
  assert.equal(retryAfterSecondsOf(badRequest('x')), undefined)
})

test('toStatus() keeps the words of a bug to the log', () => {
  const status = toStatus(new TypeError('secret'))
  assert.equal(status.code, 500)
  assert.equal(status.reason, 'InternalError')
  assert.ok(!JSON.stringify(status).includes('secret'))
})

test('genericServerResponse() words answers that carry no Status', () => {
  const error = genericServerResponse({
    code: 404,
    verb: 'GET',
    resource: pods,
    name: 'a',
    serverMessage: 'x',
  })
  assert.equal(error.message, 'the server could not find the requested resource (get pods a)')
  assert.ok(isNotFound(error))
  const strange = genericServerResponse({ code: 599, verb: 'GET', serverMessage: 'boom' })
  assert.equal(
    strange.message,
    'an error on the server ("boom") has prevented the request from succeeding',
  )
  const teapot = genericServerResponse({ code: 418, verb: 'GET', serverMessage: '' })
  assert.equal(teapot.status.reason, undefined)
  assert.ok(isTooManyRequests(genericServerResponse({ code: 429, verb: 'GET', serverMessage: '' })))
  assert.ok(isInvalid(genericServerResponse({ code: 422, verb: 'PUT', serverMessage: '' })))
})
