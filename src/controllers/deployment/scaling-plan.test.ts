import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { maxSurge } from './limits.ts'
import { isScaled, planScaling } from './scaling-plan.ts'
import { noted, storedDeployment, storedReplicaSet, type StoredReplicaSet } from './testing.ts'

function scaledSizes(
  replicas: number,
  sets: Readonly<Record<string, StoredReplicaSet>>,
  surge: number | string = 2,
): Readonly<Record<string, number>> {
  const deployment = storedDeployment({
    replicas,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: 1 } },
  })
  const stored = Object.entries(sets).map(([name, set], age) =>
    storedReplicaSet(name, { age, ...set }),
  )
  const current = stored.find(({ metadata }) => metadata.name === 'new')
  const plan = planScaling(deployment, { current, old: stored.filter((each) => each !== current) })
  return Object.fromEntries(
    plan.map(({ replicaSet, replicas: size }) => [replicaSet.metadata.name, size]),
  )
}

test('planScaling() sizes the only ReplicaSet that has Pods', () => {
  assert.deepEqual(scaledSizes(12, { new: { replicas: 10 } }), { new: 12 })
  assert.deepEqual(scaledSizes(12, { new: { replicas: 0 }, old: { replicas: 5 } }), { old: 12 })
  assert.deepEqual(scaledSizes(12, { new: { replicas: 0 } }), { new: 12 })
  assert.deepEqual(scaledSizes(10, { new: { replicas: 10 } }), {})
})

test('planScaling() gives up old ReplicaSets where the new one does all the work', () => {
  const sets = {
    new: { replicas: 10, available: 10, annotations: noted(10, 12) },
    old: { replicas: 2, annotations: noted(10, 12) },
  }
  assert.deepEqual(scaledSizes(10, sets), { old: 0 })
})

test('planScaling() shares a change in proportion, and gives the rest to the largest', () => {
  const annotations = noted(10, 12)
  const sets = {
    new: { replicas: 5, annotations },
    older: { replicas: 4, annotations },
    oldest: { replicas: 3, annotations },
  }
  assert.deepEqual(scaledSizes(20, sets, 2), { new: 9, older: 7, oldest: 6 })
  assert.deepEqual(scaledSizes(5, sets, 2), { new: 3, older: 2, oldest: 2 })
  assert.deepEqual(scaledSizes(0, sets, 2), { new: 0, older: 0, oldest: 0 })
})

test('planScaling() hands out all that is allowed, and nothing below zero', () => {
  const size = fc.integer({ min: 1, max: 50 })
  fc.assert(
    fc.property(fc.array(size, { minLength: 2, maxLength: 5 }), fc.nat(200), (before, replicas) => {
      const total = before.reduce((a, b) => a + b)
      const annotations = noted(total, total)
      const sets = Object.fromEntries(
        before.map((each, i) => [`rs${i}`, { replicas: each, annotations }]),
      )
      const after = Object.values(scaledSizes(replicas, sets, '25%'))
      const deployment = storedDeployment({ replicas })
      const allowed = replicas === 0 ? 0 : replicas + maxSurge(deployment)
      assert.ok(after.every((each) => each >= 0))
      assert.equal(
        after.reduce((a, b) => a + b),
        allowed,
      )
    }),
  )
})

test('isScaled() compares what ReplicaSets noted with what is wanted', () => {
  const sets = (desired: number) => ({
    current: storedReplicaSet('new', { replicas: 5, annotations: noted(desired, 12) }),
    old: [],
  })
  assert.equal(isScaled(storedDeployment(), sets(10)), false)
  assert.equal(isScaled(storedDeployment(), sets(8)), true)
})
