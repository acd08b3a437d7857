import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ConfigMap } from '../../../src/api/core/v1/config-map.ts'
import { Namespace } from '../../../src/api/core/v1/namespace.ts'
import { ResourceQuota } from '../../../src/api/core/v1/resource-quota.ts'
import { isNotFound } from '../../../src/apimachinery/status-predicates.ts'
import { suite } from '../suite.node.ts'
import { GROUP, PATH, VERSION } from './flunders.ts'
import { registerSample } from './sample-api.ts'
import type { SampleServer } from './sample-server.node.ts'

describe('objects of an aggregated API', () => {
  const api = suite()
  let sample: SampleServer
  before(async () => {
    sample = await registerSample(api, 'sample')
  })
  after(() => sample[Symbol.asyncDispose]())

  const create = (namespace: string, name: string, more: object = {}): Promise<unknown> =>
    api.rest.post(`${PATH}/namespaces/${namespace}/flunders`, {
      kind: 'Flunder',
      apiVersion: `${GROUP}/${VERSION}`,
      metadata: { name, ...more },
    })
  const exists = async (namespace: string, name: string): Promise<boolean> =>
    (await api.rest.call('GET', `${PATH}/namespaces/${namespace}/flunders/${name}`)).status === 200

  test('go with their owner', async () => {
    const { cluster } = api
    await api.namespace('owned')
    const key = { namespace: 'owned', name: 'owner' }
    const owner = await cluster.client.create(ConfigMap, { metadata: key })
    const { uid } = owner.metadata
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }]
    await create('owned', 'dependent', { ownerReferences })
    await create('owned', 'free')
    await cluster.client.delete(ConfigMap, key)
    await cluster.eventually(async () => !(await exists('owned', 'dependent')))
    assert.equal(await exists('owned', 'free'), true)
  })

  test('go with their namespace', async () => {
    const { cluster } = api
    await api.namespace('doomed')
    await create('doomed', 'inhabitant')
    await cluster.client.delete(Namespace, { name: 'doomed' })
    await cluster.eventually(async () => {
      try {
        await cluster.client.get(Namespace, { name: 'doomed' })
        return false
      } catch (error) {
        if (isNotFound(error)) return true
        throw error
      }
    })
    assert.equal(await exists('doomed', 'inhabitant'), false)
  })

  test('are counted by quotas', async () => {
    const { cluster } = api
    await api.namespace('counted')
    await create('counted', 'one')
    await create('counted', 'two')
    const count = `count/flunders.${GROUP}`
    const key = { namespace: 'counted', name: 'quota' }
    await cluster.client.create(ResourceQuota, { metadata: key, spec: { hard: { [count]: '5' } } })
    const used = async (): Promise<string | undefined> =>
      (await cluster.client.get(ResourceQuota, key)).status?.used?.[count]
    await cluster.eventually(async () => (await used()) === '2')
    await api.rest.delete(`${PATH}/namespaces/counted/flunders/one`)
    await cluster.eventually(async () => (await used()) === '1')
  })
})
