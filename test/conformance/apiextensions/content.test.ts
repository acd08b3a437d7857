import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { ConfigMap } from '../../../src/api/core/v1/config-map.ts'
import { Namespace } from '../../../src/api/core/v1/namespace.ts'
import { ResourceQuota } from '../../../src/api/core/v1/resource-quota.ts'
import { suite } from '../suite.node.ts'

const GADGETS = '/apis/example.com/v1'
const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: gadgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: gadgets, kind: Gadget }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }
`

describe('custom resources', () => {
  const api = suite()
  const statusOf = async (path: string): Promise<number> =>
    (await api.rest.call('GET', path)).status
  const create = (namespace: string, name: string, more: object = {}): Promise<unknown> =>
    api.rest.post(`${GADGETS}/namespaces/${namespace}/gadgets`, {
      kind: 'Gadget',
      apiVersion: 'example.com/v1',
      metadata: { name, ...more },
    })
  before(async () => {
    await api.cluster.apply(DEFINITION)
    await api.cluster.eventually(async () => (await statusOf(`${GADGETS}/gadgets`)) === 200)
  })

  test('go with their owner', async () => {
    const { cluster } = api
    await api.namespace('owned')
    const key = { namespace: 'owned', name: 'owner' }
    const { uid } = (await cluster.client.create(ConfigMap, { metadata: key })).metadata
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }]
    await create('owned', 'dependent', { ownerReferences })
    await create('owned', 'free')
    await cluster.client.delete(ConfigMap, key)
    const gadgets = `${GADGETS}/namespaces/owned/gadgets`
    await cluster.eventually(async () => (await statusOf(`${gadgets}/dependent`)) === 404)
    assert.equal(await statusOf(`${gadgets}/free`), 200)
  })

  test('go with their namespace', async () => {
    const { cluster } = api
    await api.namespace('doomed')
    await create('doomed', 'inhabitant')
    await cluster.client.delete(Namespace, { name: 'doomed' })
    await cluster.eventually(async () => (await statusOf('/api/v1/namespaces/doomed')) === 404)
    const gone = `${GADGETS}/namespaces/doomed/gadgets/inhabitant`
    assert.equal(await statusOf(gone), 404)
  })

  test('are counted by quotas, and refused beyond them', async () => {
    const { cluster } = api
    await api.namespace('counted')
    await create('counted', 'one')
    const count = 'count/gadgets.example.com'
    const key = { namespace: 'counted', name: 'quota' }
    await cluster.client.create(ResourceQuota, { metadata: key, spec: { hard: { [count]: '2' } } })
    const used = async (): Promise<string | undefined> =>
      (await cluster.client.get(ResourceQuota, key)).status?.used?.[count]
    await cluster.eventually(async () => (await used()) === '1')
    await create('counted', 'two')
    await assert.rejects(create('counted', 'three'), /exceeded quota: quota/)
    await api.rest.delete(`${GADGETS}/namespaces/counted/gadgets/one`)
    await cluster.eventually(async () => (await used()) === '1')
  })
})
