import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GrpcError, type GrpcCode } from '../../grpc/errors.ts'
import {
  expansionError,
  expansionFailed,
  expansionFinished,
  isFinal,
  planExpansion,
} from './expansion-status.ts'

const GIB = 1024 ** 3
const status = { phase: 'Bound', capacity: { storage: '1Gi' } } as const
const failure = (code: GrpcCode) => new GrpcError('NodeExpandVolume', code, 'no')

test('planExpansion() tells steps to controllers that know them', () => {
  assert.equal(planExpansion(status, 2 * GIB), 'expand and tell')
  for (const storage of ['NodeResizePending', 'NodeResizeInProgress'] as const)
    assert.equal(
      planExpansion({ ...status, allocatedResourceStatuses: { storage } }, 2 * GIB),
      'expand and tell steps',
    )
})

test('planExpansion() waits for the controller', () => {
  const allocatedResources = { storage: '2Gi' }
  assert.equal(planExpansion({ ...status, allocatedResources }, 2 * GIB), 'wait')
  for (const storage of ['ControllerResizeInProgress', 'NodeResizeInfeasible'] as const)
    assert.equal(
      planExpansion({ ...status, allocatedResourceStatuses: { storage } }, 2 * GIB),
      'wait',
    )
})

test('planExpansion() lets a volume grow that has grown on another node', () => {
  const allocatedResources = { storage: '2Gi' }
  const grown = { ...status, capacity: { storage: '2Gi' }, allocatedResources }
  assert.equal(planExpansion(grown, 2 * GIB), 'expand')
})

test('expansionFinished() lets go of what was said about resizing, and of nothing else', () => {
  const conditions = (['Resizing', 'NodeResizeError', 'ModifyingVolume'] as const).map((type) => ({
    type,
    status: 'True' as const,
  }))
  const allocatedResourceStatuses = { storage: 'NodeResizeInProgress' as const }
  assert.deepEqual(expansionFinished({ ...status, conditions, allocatedResourceStatuses }, '2Gi'), {
    capacity: { storage: '2Gi' },
    conditions: [{ type: 'ModifyingVolume', status: 'True' }],
    allocatedResourceStatuses: { storage: null },
  })
  assert.deepEqual(expansionFinished(status, '2Gi'), {
    capacity: { storage: '2Gi' },
    conditions: [],
  })
})

test('expansionFailed() says why, and where it is over has the controller begin anew', () => {
  const now = '2026-01-01T00:00:00Z'
  const error = expansionError(failure('OutOfRange'))
  const condition = {
    type: 'NodeResizeError',
    status: 'True',
    lastTransitionTime: now,
    message:
      'failed to expand pvc with Expander.NodeExpand failed to expand the volume rpc error: code = OutOfRange desc = no',
  }
  assert.deepEqual(expansionFailed(status, { error, isOver: false, now }), {
    conditions: [condition],
  })
  assert.deepEqual(expansionFailed(status, { error, isOver: true, now }), {
    conditions: [condition],
    allocatedResourceStatuses: { storage: 'NodeResizeInfeasible' },
  })
})

test('isFinal() knows when a driver may be at it still', () => {
  assert.ok(isFinal(failure('Internal')))
  assert.ok(!isFinal(failure('DeadlineExceeded')))
  assert.ok(!isFinal(new Error('socket closed')))
})
