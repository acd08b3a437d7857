import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { POD_DELETION_COST } from '../common/expendability.ts'
import { storedPod } from '../testing.ts'
import {
  BURST,
  msUntilAvailable,
  planReplicas,
  replicaStatus,
  type ReplicaOwner,
} from './replicas-plan.ts'

const nowMs = Date.parse('2026-01-02T00:00:00Z')
const timestamp = '2026-01-02T00:00:00Z'

function owner(replicas: number, more: Partial<ReplicaOwner['spec']> = {}): ReplicaOwner {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'owner',
      generation: 3,
      creationTimestamp: timestamp,
    },
    spec: { replicas, ...more },
    status: { replicas: 0 },
  }
}

const ready = (
  time = '2026-01-01T00:00:00Z',
  more: Partial<Pod['metadata']> = {},
  restarts = 0,
) => ({
  metadata: more,
  spec: { nodeName: 'n1' },
  status: {
    phase: 'Running' as const,
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: time }],
    containerStatuses: [{ restartCount: restarts } as never],
  },
})

test('planReplicas() creates what is missing, and not too much at once', () => {
  assert.deepEqual(planReplicas(owner(3), 1, [], { nowMs }), { create: 2, remove: [] })
  assert.equal(planReplicas(owner(2000), 0, [], { nowMs }).create, BURST)
})

test('planReplicas() leaves everything alone while the owner is being deleted', () => {
  const deleted = { ...owner(3), metadata: { ...owner(3).metadata, deletionTimestamp: timestamp } }
  assert.deepEqual(planReplicas(deleted, 0, [], { nowMs }), { create: 0, remove: [] })
})

/** Pods in the order in which they should be given up, each for a reason of its own. */
const EXPENDABLE: readonly Pod[] = [
  storedPod('unplaced'),
  storedPod('pending', { spec: { nodeName: 'n1' } }),
  storedPod('unknown', { spec: { nodeName: 'n1' }, status: { phase: 'Unknown' } }),
  storedPod('not-ready', { spec: { nodeName: 'n1' }, status: { phase: 'Running' } }),
  storedPod('cheap', ready(undefined, { annotations: { [POD_DELETION_COST]: '-5' } })),
  storedPod('just-ready', ready('2026-01-01T23:59:00Z')),
  storedPod('restarted', ready(undefined, {}, 2)),
  storedPod('young', ready(undefined, { creationTimestamp: '2026-01-01T22:00:00Z' })),
  storedPod('old', ready()),
  storedPod('costly', ready(undefined, { annotations: { [POD_DELETION_COST]: '10' } })),
]

test('planReplicas() gives up unplaced Pods first, then the others by how much they would be missed', () => {
  const shuffled = EXPENDABLE.toReversed()
  const { remove } = planReplicas(owner(0), shuffled.length, shuffled, { nowMs, related: () => [] })
  assert.deepEqual(
    remove.map(({ metadata }) => metadata.name),
    EXPENDABLE.map(({ metadata }) => metadata.name),
  )
})

test('planReplicas() gives up Pods first that share their node with others of their kind', () => {
  const on = (name: string, nodeName: string): Pod =>
    storedPod(name, { ...ready(), spec: { nodeName } })
  const pods = [on('alone', 'n1'), on('crowded', 'n2')]
  const related = [...pods, on('other', 'n2')]
  const { remove } = planReplicas(owner(1), 2, pods, { nowMs, related: () => related })
  assert.deepEqual(remove, [pods[1]])
})

test('replicaStatus() tells what was counted, and of a failure until there is none', () => {
  const counts = { active: 3, fullyLabeled: 1, ready: 2, available: 0, terminating: 0 }
  assert.deepEqual(replicaStatus(owner(3), counts, { timestamp }), {
    replicas: 3,
    fullyLabeledReplicas: 1,
    readyReplicas: 2,
    terminatingReplicas: 0,
    observedGeneration: 3,
  })
  const failure = new Error('exceeded quota')
  const failing = replicaStatus(owner(3), counts, { failure, timestamp })
  assert.deepEqual(failing.conditions, [
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'exceeded quota',
      lastTransitionTime: timestamp,
    },
  ])
  const after = replicaStatus({ ...owner(3), status: failing }, counts, { timestamp })
  assert.equal(after.conditions, undefined)
})

test('msUntilAvailable() gives the time of the next Pod that has been ready for long enough', () => {
  const pods = [storedPod('a', ready('2026-01-01T23:59:55Z')), storedPod('b', ready())]
  assert.equal(msUntilAvailable(owner(2, { minReadySeconds: 10 }), pods, nowMs), 5000)
  assert.equal(msUntilAvailable(owner(2), pods, nowMs), undefined)
})
