import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isPodActive } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { selectorFromLabels } from '../../apimachinery/labels.ts'
import { ObjectCache } from '../../client/object-cache.ts'
import { storedPod } from '../testing.ts'
import { countPods, knownCounts } from './pod-counts.ts'
import type { ReplicaOwner } from './replicas-plan.ts'

const timestamp = '2026-01-02T00:00:00Z'
const nowMs = Date.parse(timestamp)

function owner(spec: Partial<ReplicaOwner['spec']> = {}): ReplicaOwner {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default', uid: 'owner', creationTimestamp: timestamp },
    spec: { replicas: 9, template: { metadata: { labels: { app: 'web' } } } as never, ...spec },
    status: { replicas: 0 },
  }
}

const OWNED = {
  labels: { app: 'web' },
  ownerReferences: [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'owner', controller: true },
  ],
}

const ready = (lastTransitionTime: string): Partial<Pod['status']> => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }],
})

test('countPods() counts by state, by labels and by how long a Pod has been ready', () => {
  const going = storedPod('going', { metadata: { deletionTimestamp: timestamp } })
  const active = [
    storedPod('a', { metadata: OWNED, status: ready('2026-01-01T23:59:55Z') }),
    storedPod('b', { status: ready('2026-01-01T00:00:00Z') }),
    storedPod('c'),
  ]
  const counts = countPods(owner({ minReadySeconds: 10 }), [...active, going], active, nowMs)
  const expected = { active: 3, fullyLabeled: 1, ready: 2, available: 1, terminating: 1 }
  assert.deepEqual(counts, expected)
})

const arbitraryPod = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    labels: fc.constantFrom({ app: 'web' }, { app: 'web', more: 'x' }, { app: 'other' }),
    deletionTimestamp: fc.option(fc.constant(timestamp), { nil: undefined, freq: 4 }),
    phase: fc.constantFrom('Pending' as const, 'Running' as const, 'Failed' as const),
    isReady: fc.boolean(),
    isOwned: fc.boolean(),
  })
  .map(({ name, labels, deletionTimestamp, phase, isReady, isOwned }) =>
    storedPod(name, {
      metadata: {
        labels,
        ...(isOwned && { ownerReferences: OWNED.ownerReferences }),
        ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      },
      status: { ...(isReady && ready(timestamp)), phase },
    }),
  )

test('knownCounts() comes to what countPods() does, or to nothing where there is more to do', () => {
  const selector = selectorFromLabels({ app: 'web' })
  fc.assert(
    fc.property(fc.array(arbitraryPod), fc.integer({ min: 0, max: 4 }), (puts, replicas) => {
      const pods = new ObjectCache(Pod)
      const isOwned = ({ metadata }: Pod): boolean => metadata.ownerReferences !== undefined
      const cache = {
        count: pods.count.bind(pods) as never,
        orphans: () => pods.list().filter((pod) => !isOwned(pod)) as never,
      }
      const wanted = owner({ replicas })
      for (const pod of puts) {
        pods.put(pod)
        const all = pods.list()
        const owned = all.filter(isOwned)
        const active = owned.filter(isPodActive)
        const isWhole = all.every(
          (each) => (each.metadata.labels?.['app'] === 'web') === isOwned(each),
        )
        const expected = countPods(wanted, owned, active, nowMs)
        const isSettled = isWhole && active.length <= replicas
        assert.deepEqual(knownCounts(wanted, selector, cache), isSettled ? expected : undefined)
      }
    }),
  )
})

test('knownCounts() knows nothing of owners whose Pods have to be looked at', () => {
  const selector = selectorFromLabels({ app: 'web' })
  const pods = new ObjectCache(Pod)
  const cache = { count: pods.count.bind(pods) as never, orphans: () => [] }
  const known = (spec: Partial<ReplicaOwner['spec']>, operator: 'exists' | '!=' = 'exists') => {
    const more = { key: 'app', operator, values: ['x'] }
    return knownCounts(owner(spec), { requirements: [...selector.requirements, more] }, cache)
  }
  assert.equal(known({})?.active, 0)
  assert.equal(known({ minReadySeconds: 5 }), undefined)
  assert.equal(known({}, '!='), undefined)
})
