import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { maxSurge, maxUnavailable } from './limits.ts'
import { planRollingUpdate, planStop, roomForNew, type Scaling } from './rollout-plan.ts'
import { storedDeployment, storedReplicaSet } from './testing.ts'

const limits = (surge: number | string, unavailable: number | string, replicas = 10) =>
  storedDeployment({
    replicas,
    strategy: {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable },
    },
  })

const sizes = (plan: readonly Scaling[]) =>
  Object.fromEntries(plan.map(({ replicaSet, replicas }) => [replicaSet.metadata.name, replicas]))

test('maxSurge() rounds up and maxUnavailable() down, and at least one Pod may give way', () => {
  const both = (...of: Parameters<typeof limits>) => [
    maxSurge(limits(...of)),
    maxUnavailable(limits(...of)),
  ]
  assert.deepEqual(both('25%', '25%'), [3, 2])
  assert.deepEqual(both('25%', '25%', 1), [1, 0])
  assert.deepEqual(both(0, '1%'), [0, 1])
  assert.deepEqual(both(0, 0), [0, 1])
  assert.deepEqual(both(0, 20), [0, 10])
  assert.deepEqual(both(5, 5, 0), [5, 0])
})

test('planRollingUpdate() grows the new ReplicaSet first, as far as there is room', () => {
  const old = [storedReplicaSet('old', { replicas: 10, available: 10 })]
  const current = storedReplicaSet('new', { replicas: 0 })
  assert.deepEqual(sizes(planRollingUpdate(limits('25%', '25%'), { current, old })), { new: 3 })
  const scaledDown = storedReplicaSet('new', { replicas: 12 })
  assert.deepEqual(sizes(planRollingUpdate(limits(0, 1), { current: scaledDown, old: [] })), {
    new: 10,
  })
})

test('planRollingUpdate() then shrinks old ReplicaSets by what can be spared, oldest first', () => {
  const current = storedReplicaSet('new', { replicas: 3, available: 3 })
  const old = [
    storedReplicaSet('young', { replicas: 8, available: 8, age: 1 }),
    storedReplicaSet('old', { replicas: 2, available: 2, age: 2 }),
  ]
  const plan = planRollingUpdate(limits('25%', '25%'), { current, old })
  assert.deepEqual(sizes(plan), { old: 0, young: 5 })
})

test('planRollingUpdate() gives up old Pods first that serve nobody', () => {
  const current = storedReplicaSet('new', { replicas: 3 })
  const old = [storedReplicaSet('old', { replicas: 10, available: 8 })]
  assert.deepEqual(sizes(planRollingUpdate(limits('25%', '25%'), { current, old })), { old: 8 })
})

test('planRollingUpdate() does not count Pods that an old ReplicaSet is about to give up', () => {
  const current = storedReplicaSet('new', { replicas: 1, available: 1 })
  const old = [storedReplicaSet('old', { replicas: 3, available: 4 })]
  assert.deepEqual(sizes(planRollingUpdate(limits(0, 1, 4), { current, old })), { old: 2 })
})

test('planRollingUpdate() waits for ReplicaSets that have not given their Pods up, or do not say yet', () => {
  const current = storedReplicaSet('new', { replicas: 1, available: 1 })
  const shrinking = storedReplicaSet('old', { replicas: 3, available: 4, actual: 4 })
  const grown = (old: typeof current) =>
    sizes(planRollingUpdate(limits(0, 2, 4), { current, old: [old] }))['new']
  assert.equal(grown(shrinking), undefined)
  const told = storedReplicaSet('old', { replicas: 2, available: 2 })
  assert.equal(grown(told), 2)
  const metadata = { ...told.metadata, generation: 2 }
  const plan = planRollingUpdate(limits(0, 2, 4), { current, old: [{ ...told, metadata }] })
  assert.deepEqual(plan, [])
})

test('roomForNew() starts all at once with Recreate', () => {
  const recreate = storedDeployment({ strategy: { type: 'Recreate' } })
  const none = { current: undefined }
  assert.equal(
    roomForNew(recreate, { ...none, old: [storedReplicaSet('old', { replicas: 10 })] }),
    10,
  )
  const stop = planStop({ ...none, old: [storedReplicaSet('old', { replicas: 3 })] })
  assert.deepEqual(sizes(stop), { old: 0 })
})

const rollouts = fc.record({
  replicas: fc.integer({ min: 1, max: 40 }),
  surge: fc.oneof(fc.nat(10), fc.constantFrom('0%', '25%', '100%')),
  unavailable: fc.oneof(fc.nat(10), fc.constantFrom('0%', '25%', '100%')),
  steps: fc.infiniteStream(fc.nat(5)),
})

test('planRollingUpdate() never has too many Pods or too few available ones, and comes to an end', () => {
  fc.assert(
    fc.property(rollouts, ({ replicas, surge, unavailable, steps }) => {
      const deployment = limits(surge, unavailable, replicas)
      const most = replicas + maxSurge(deployment)
      const least = replicas - maxUnavailable(deployment)
      let [old, now, available] = [replicas, 0, 0]
      for (let i = 0; now < replicas || old > 0 || available < now; i += 1) {
        assert.ok(i < 1000, 'the rollout is stuck')
        const sets = {
          current: storedReplicaSet('new', { replicas: now, available }),
          old: [storedReplicaSet('old', { replicas: old, available: old })],
        }
        const plan = sizes(planRollingUpdate(deployment, sets))
        old = plan['old'] ?? old
        now = plan['new'] ?? now
        assert.ok(old + now <= most && old + available >= least)
        // Some new Pods become available before the next look.
        available = Math.min(now, available + (steps.next().value ?? 1))
        if (Object.keys(plan).length === 0) available = Math.min(now, available + 1)
      }
    }),
  )
})
