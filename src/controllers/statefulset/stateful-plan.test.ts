import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { REVISION_HASH } from '../common/controller-revisions.ts'
import { storedPod } from '../testing.ts'
import { planStatefulSet } from './stateful-plan.ts'
import { ordinalOf, statefulClaims, statefulPod } from './stateful-pods.ts'

const nowMs = Date.parse('2026-01-01T01:00:00Z')

function set(replicas: number, spec: Partial<StatefulSet['spec']> = {}): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'db',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [] } as never },
      serviceName: 'db',
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      ...spec,
    },
    status: {} as StatefulSet['status'],
  }
}

type State = 'ready' | 'starting' | 'going' | 'failed'

function pod(ordinal: number, state: State = 'ready', revision = 'new'): Pod {
  return storedPod(`db-${ordinal}`, {
    metadata: {
      labels: { [REVISION_HASH]: revision },
      ...(state === 'going' && { deletionTimestamp: '2026-01-01T00:30:00Z' }),
    },
    status: {
      phase: state === 'failed' ? 'Failed' : 'Running',
      conditions: [{ type: 'Ready', status: state === 'ready' ? 'True' : 'False' }],
    },
  })
}

const plan = (of: StatefulSet, pods: readonly Pod[]) =>
  planStatefulSet(of, pods, { updateRevision: 'new', nowMs }).map((step) =>
    step.type === 'create'
      ? `create ${step.ordinal} ${step.revision}`
      : `${step.type} ${step.pod.metadata.name}`,
  )

test('planStatefulSet() starts one Pod after the other, each when the one before is ready', () => {
  assert.deepEqual(plan(set(3), []), ['create 0 update'])
  assert.deepEqual(plan(set(3), [pod(0, 'starting')]), [])
  assert.deepEqual(plan(set(3), [pod(0)]), ['create 1 update'])
  assert.deepEqual(plan(set(3), [pod(0), pod(2)]), ['create 1 update'])
  assert.deepEqual(plan(set(2, { ordinals: { start: 5 } }), [pod(5)]), ['create 6 update'])
})

test('planStatefulSet() does everything at once with Parallel', () => {
  const parallel = { podManagementPolicy: 'Parallel' } as const
  assert.deepEqual(plan(set(2, parallel), []), ['create 0 update', 'create 1 update'])
  const pods = [pod(0, 'starting'), pod(1), pod(2, 'starting')]
  assert.deepEqual(plan(set(1, parallel), pods), ['scale down db-2', 'scale down db-1'])
})

test('planStatefulSet() scales down from the highest, one at a time', () => {
  assert.deepEqual(plan(set(1), [pod(0), pod(1), pod(2)]), ['scale down db-2'])
  assert.deepEqual(plan(set(1), [pod(0), pod(1), pod(2, 'going')]), [])
  assert.deepEqual(plan(set(1), [pod(0, 'starting'), pod(1)]), [])
  assert.deepEqual(plan(set(1), [pod(0), pod(1, 'starting'), pod(2, 'starting')]), [])
  assert.deepEqual(plan(set(1), [pod(0), pod(1), pod(2, 'starting')]), ['scale down db-2'])
})

test('planStatefulSet() makes Pods anew that have ended', () => {
  assert.deepEqual(plan(set(2), [pod(0, 'failed'), pod(1)]), ['recreate db-0'])
})

test('planStatefulSet() updates from the highest down to the partition, as many as may be missing', () => {
  const old = [0, 1, 2, 3].map((ordinal) => pod(ordinal, 'ready', 'old'))
  assert.deepEqual(plan(set(4), old), ['update db-3'])
  assert.deepEqual(plan(set(4), [...old.slice(0, 3), pod(3, 'ready')]), ['update db-2'])
  const rolling = (rollingUpdate: object) => ({
    updateStrategy: { type: 'RollingUpdate' as const, rollingUpdate },
  })
  const two = set(4, rolling({ partition: 1, maxUnavailable: '50%' }))
  assert.deepEqual(plan(two, old), ['update db-3', 'update db-2'])
  const all = set(4, rolling({ partition: 3 }))
  assert.deepEqual(plan(all, [...old.slice(0, 3), pod(3)]), [])
  assert.deepEqual(plan(all, [pod(1), pod(2), pod(3)]), ['create 0 current'])
  assert.deepEqual(plan(set(4, { updateStrategy: { type: 'OnDelete' } }), old), [])
})

test('planStatefulSet() replaces an old Pod that never became ready, with Parallel', () => {
  const parallel = set(2, { podManagementPolicy: 'Parallel' })
  assert.deepEqual(plan(parallel, [pod(0, 'starting', 'old'), pod(1)]), ['update db-0'])
})

test('statefulPod() has a name, a hostname and claims of its own', () => {
  const claim = { metadata: { name: 'data' }, spec: {} } as never
  const owner = set(1, { volumeClaimTemplates: [claim] })
  const { metadata, spec } = statefulPod(owner, 2, owner.spec.template, 'db-abc')
  assert.deepEqual(metadata?.labels, {
    app: 'db',
    'apps.kubernetes.io/pod-index': '2',
    'controller-revision-hash': 'db-abc',
    'statefulset.kubernetes.io/pod-name': 'db-2',
  })
  assert.deepEqual([metadata?.name, spec?.hostname, spec?.subdomain], ['db-2', 'db-2', 'db'])
  const claimName = 'data-db-2'
  const persistentVolumeClaim = { claimName, readOnly: false }
  assert.deepEqual(spec?.volumes, [{ name: 'data', persistentVolumeClaim }])
  assert.equal(statefulClaims(owner, 2)[0]?.metadata.name, claimName)
  assert.equal(ordinalOf(owner, { metadata } as Pod), 2)
  assert.equal(ordinalOf(owner, storedPod('db-02')), undefined)
})
