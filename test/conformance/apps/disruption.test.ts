import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { PodDisruptionBudget } from '../../../src/api/policy/v1/pod-disruption-budget.ts'
import { isTooManyRequests } from '../../../src/apimachinery/status-predicates.ts'
import { conformance } from '../conformance.ts'
import { apps, isReady, template } from './apps.ts'

const NAME = 'foo'

const budget = (namespace: string, minAvailable: number | string, name = NAME) => ({
  metadata: { namespace, name },
  spec: { selector: { matchLabels: { name: NAME } }, minAvailable },
})

describe('DisruptionController', () => {
  const app = apps()
  const read = (namespace: string) => app.client.get(PodDisruptionBudget, { namespace, name: NAME })
  const patch = (namespace: string, body: object, subresource?: 'status') =>
    app.client.patch(
      PodDisruptionBudget,
      { namespace, name: NAME },
      'merge',
      body,
      subresource === undefined ? {} : { subresource },
    )
  const createPods = async (namespace: string, count: number): Promise<void> => {
    for (let number = 0; number < count; number += 1) {
      const metadata = { namespace, name: `pod-${number}`, labels: { name: NAME } }
      await app.client.create(Pod, { ...template(NAME), metadata })
    }
    await app.cluster.eventually(async () => {
      assert.equal((await app.pods(namespace)).filter(isReady).length, count)
    })
  }
  /** Waits until the controller has seen the newest spec and allows so many disruptions. */
  const allows = (namespace: string, count: number) =>
    app.cluster.eventually(async () => {
      const { metadata, status } = await read(namespace)
      assert.equal(status.observedGeneration, metadata.generation)
      assert.equal(status.disruptionsAllowed, count)
    })
  const evict = (namespace: string, name: string) =>
    app.client.createSubresource(Pod, { namespace, name }, 'eviction', {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { namespace, name },
    })
  const left = (namespace: string, count: number) =>
    app.cluster.eventually(async () => (await app.pods(namespace)).length === count)

  conformance(
    '[sig-apps] DisruptionController should create a PodDisruptionBudget [Conformance]',
    async () => {
      const namespace = await app.namespace('pdb-create')
      await app.client.create(PodDisruptionBudget, budget(namespace, 1))
      await allows(namespace, 0)
      const fresh = await read(namespace)
      const spec = { ...fresh.spec, minAvailable: 2 }
      const updated = await app.client.update(PodDisruptionBudget, { ...fresh, spec })
      assert.equal(updated.spec.minAvailable, 2)
      const patched = await patch(namespace, { spec: { minAvailable: '3%' } })
      assert.equal(patched.spec.minAvailable, '3%')
      await allows(namespace, 0)
      await app.client.delete(PodDisruptionBudget, { namespace, name: NAME })
      await app.cluster.eventually(async () => {
        assert.deepEqual((await app.client.list(PodDisruptionBudget, { namespace })).items, [])
      })
    },
  )

  conformance(
    '[sig-apps] DisruptionController should observe PodDisruptionBudget status updated [Conformance]',
    async () => {
      const namespace = await app.namespace('pdb-observe')
      await app.client.create(PodDisruptionBudget, budget(namespace, 1))
      await createPods(namespace, 3)
      await allows(namespace, 2)
      const { status } = await read(namespace)
      assert.deepEqual(
        [status.currentHealthy, status.desiredHealthy, status.expectedPods],
        [3, 1, 3],
      )
    },
  )

  conformance(
    '[sig-apps] DisruptionController should update/patch PodDisruptionBudget status [Conformance]',
    async () => {
      const namespace = await app.namespace('pdb-status')
      await app.client.create(PodDisruptionBudget, budget(namespace, 1))
      await createPods(namespace, 1)
      await allows(namespace, 0)
      const disruptedPods = { 'pod-0': '2026-01-01T00:00:00Z' }
      await app.cluster.eventually(async () => {
        const fresh = await read(namespace)
        const status = { ...fresh.status, disruptedPods }
        const updated = await app.client.updateStatus(PodDisruptionBudget, { ...fresh, status })
        assert.deepEqual(Object.keys(updated.status.disruptedPods ?? {}), ['pod-0'])
      })
      const other = { disruptedPods: { 'pod-0': null, 'pod-1': '2026-01-01T00:00:00Z' } }
      const patched = await patch(namespace, { status: other }, 'status')
      assert.deepEqual(Object.keys(patched.status.disruptedPods ?? {}), ['pod-1'])
    },
  )

  conformance(
    '[sig-apps] DisruptionController should block an eviction until the PDB is updated to allow it [Conformance]',
    async () => {
      const namespace = await app.namespace('pdb-evict')
      await createPods(namespace, 3)
      await app.client.create(PodDisruptionBudget, budget(namespace, 3))
      await allows(namespace, 0)
      await assert.rejects(evict(namespace, 'pod-0'), isTooManyRequests)
      await patch(namespace, { spec: { minAvailable: 2 } })
      await allows(namespace, 1)
      await evict(namespace, 'pod-0')
      await left(namespace, 2)
      await allows(namespace, 0)
      await assert.rejects(evict(namespace, 'pod-1'), isTooManyRequests)
      await patch(namespace, { spec: { minAvailable: null, maxUnavailable: 0 } })
      await allows(namespace, 0)
      await assert.rejects(evict(namespace, 'pod-1'), isTooManyRequests)
      await app.client.delete(PodDisruptionBudget, { namespace, name: NAME })
      await app.cluster.eventually(() => evict(namespace, 'pod-1').then(() => true))
      await left(namespace, 1)
    },
  )

  conformance(
    '[sig-apps] DisruptionController Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets [Conformance]',
    async () => {
      const [one, other] = [await app.namespace('pdb-list'), await app.namespace('pdb-list-2')]
      const labelled = (namespace: string, name: string) => {
        const plain = budget(namespace, 1, name)
        return { ...plain, metadata: { ...plain.metadata, labels: { e2e: 'pdb-list' } } }
      }
      for (const name of ['a', 'b', 'c'])
        await app.client.create(PodDisruptionBudget, labelled(one, name))
      await app.client.create(PodDisruptionBudget, labelled(other, 'a'))
      const labelSelector = 'e2e=pdb-list'
      const count = async (namespace?: string): Promise<number> => {
        const within = namespace === undefined ? {} : { namespace }
        const { items } = await app.client.list(PodDisruptionBudget, { labelSelector, ...within })
        return items.length
      }
      assert.deepEqual([await count(), await count(one)], [4, 3])
      await app.client.deleteCollection(PodDisruptionBudget, { namespace: one, labelSelector })
      await app.cluster.eventually(async () => (await count(one)) === 0)
      assert.equal(await count(other), 1)
    },
  )
})
