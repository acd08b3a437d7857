import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { pod } from '../objects.ts'
import type { Wire } from '../rest.node.ts'
import { suite } from '../suite.node.ts'

const NAMESPACES = '/api/v1/namespaces'

describe('Namespaces', () => {
  const api = suite()

  const gone = (path: string): Promise<boolean> =>
    api.cluster.eventually(async () => (await api.rest.call('GET', path)).status === 404)

  conformance(
    '[sig-api-machinery] Namespaces should ensure that all pods are removed when a namespace is deleted [Conformance] [Serial]',
    async () => {
      const path = await api.namespace('nsdeletetest')
      await api.rest.post(`${path}/pods`, pod('test-pod'))
      await api.cluster.eventually(async () => {
        const { status } = await api.rest.get(`${path}/pods/test-pod`)
        return (status as { phase?: string }).phase === 'Running'
      })
      await api.rest.delete(path)
      await gone(path)
      await api.namespace('nsdeletetest')
      assert.deepEqual((await api.rest.get(`${path}/pods`)).items, [])
    },
  )

  conformance(
    '[sig-api-machinery] Namespaces should ensure that all services are removed when a namespace is deleted [Conformance] [Serial]',
    async () => {
      const path = await api.namespace('nsdeletetest-services')
      const ports = [{ port: 80, targetPort: 80 }]
      await api.rest.post(`${path}/services`, {
        metadata: { name: 'test-service' },
        spec: { selector: { foo: 'bar' }, ports },
      })
      await api.rest.delete(path)
      await gone(path)
      await api.namespace('nsdeletetest-services')
      assert.deepEqual((await api.rest.get(`${path}/services`)).items, [])
    },
  )

  conformance(
    '[sig-api-machinery] OrderedNamespaceDeletion namespace deletion should delete pod first [Conformance]',
    async () => {
      const path = await api.namespace('namespace-deletion')
      const finalizers = ['e2e.example.com/finalizer']
      const held = pod('test-pod') as { readonly metadata: object }
      await api.rest.post(`${path}/pods`, { ...held, metadata: { ...held.metadata, finalizers } })
      await api.rest.post(`${path}/configmaps`, { metadata: { name: 'test-configmap' } })
      await api.rest.delete(path)
      await api.cluster.eventually(async () =>
        conditions(await api.rest.get(path)).some(
          ({ type, status }) =>
            type === 'NamespaceDeletionContentFailure' ||
            (type === 'NamespaceFinalizersRemaining' && status === 'True'),
        ),
      )
      // While a Pod is left, everything else is.
      const map = await api.rest.get(`${path}/configmaps/test-configmap`)
      assert.equal(map.metadata.deletionTimestamp, undefined)
      await api.rest.patch(`${path}/pods/test-pod`, { metadata: { finalizers: null } })
      await gone(path)
    },
  )

  conformance(
    '[sig-api-machinery] Namespaces should patch a Namespace [Conformance] [Serial]',
    async () => {
      const path = await api.namespace('nspatchtest')
      await api.rest.patch(path, { metadata: { labels: { testLabel: 'testValue' } } })
      assert.equal((await api.rest.get(path)).metadata.labels?.['testLabel'], 'testValue')
    },
  )

  conformance(
    '[sig-api-machinery] Namespaces should apply an update to a Namespace [Conformance] [Serial]',
    async () => {
      const path = await api.namespace('nsupdatetest')
      const namespace = await api.rest.get(path)
      const labels = { ...namespace.metadata.labels, nsupdatetest: 'updated' }
      await api.rest.put(path, { ...namespace, metadata: { ...namespace.metadata, labels } })
      assert.deepEqual((await api.rest.get(path)).metadata.labels, labels)
    },
  )

  conformance(
    '[sig-api-machinery] Namespaces should apply changes to a namespace status [Conformance] [Serial]',
    async () => {
      const path = await api.namespace('nsstatustest')
      const namespace = await api.rest.get(path)
      assert.equal((namespace['status'] as { phase?: string }).phase, 'Active')
      const patch = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched' }
      const patched = await api.rest.patch(`${path}/status`, { status: { conditions: [patch] } })
      assert.deepEqual(
        conditions(patched).map(({ type }) => type),
        ['StatusPatch'],
      )
      const update = { ...patch, type: 'StatusUpdate', message: 'Updated' }
      const status = {
        ...(patched['status'] as object),
        conditions: [...conditions(patched), update],
      }
      const updated = await api.rest.put(`${path}/status`, { ...patched, status })
      assert.deepEqual(
        conditions(updated).map(({ type }) => type),
        ['StatusPatch', 'StatusUpdate'],
      )
      assert.deepEqual(conditions(await api.rest.get(path)), conditions(updated))
    },
  )

  conformance(
    '[sig-api-machinery] Namespaces should apply a finalizer to a Namespace [Conformance] [Serial]',
    async () => {
      const path = await api.namespace('nsfinalizertest')
      const finalizer = 'e2e.example.com/fakeFinalizer'
      const finalized = async (
        change: (all: readonly string[]) => readonly string[],
      ): Promise<readonly string[]> => {
        const namespace = await api.rest.get(path)
        const { finalizers = [] } = namespace['spec'] as { finalizers?: readonly string[] }
        const spec = { finalizers: change(finalizers) }
        const updated = await api.rest.put(`${path}/finalize`, { ...namespace, spec })
        return (updated['spec'] as { finalizers: readonly string[] }).finalizers
      }
      assert.deepEqual(await finalized((all) => [...all, finalizer]), ['kubernetes', finalizer])
      assert.deepEqual(await finalized((all) => all.filter((each) => each !== finalizer)), [
        'kubernetes',
      ])
      assert.equal((await api.rest.get(NAMESPACES)).kind, 'NamespaceList')
    },
  )
})

interface Condition {
  readonly type: string
  readonly status: string
}

function conditions({ status }: Wire): readonly Condition[] {
  return (status as { readonly conditions?: readonly Condition[] }).conditions ?? []
}
