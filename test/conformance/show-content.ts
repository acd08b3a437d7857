import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Namespace } from '../../src/api/core/v1/namespace.ts'
import { ResourceQuota } from '../../src/api/core/v1/resource-quota.ts'
import type { Suite } from './suite.node.ts'

/** Objects of a kind that is not built in. */
export interface Content {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
}

/** Creates and finds them by namespace and name. */
export interface ContentCalls {
  create(namespace: string, name: string, more?: object): Promise<unknown>
  delete(namespace: string, name: string): Promise<unknown>
  exists(namespace: string, name: string): Promise<boolean>
  /** How many a quota of the namespace has counted. */
  used(namespace: string): Promise<string | undefined>
}

/** Registers the tests that such objects are treated as all others are. */
export function showContent(api: Suite, content: Content): ContentCalls {
  const calls = contentCalls(api, content)

  void test('go with their owner', async () => {
    const { cluster } = api
    await api.namespace('owned')
    const key = { namespace: 'owned', name: 'owner' }
    const { uid } = (await cluster.client.create(ConfigMap, { metadata: key })).metadata
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }]
    await calls.create('owned', 'dependent', { ownerReferences })
    await calls.create('owned', 'free')
    await cluster.client.delete(ConfigMap, key)
    await cluster.eventually(async () => !(await calls.exists('owned', 'dependent')))
    assert.equal(await calls.exists('owned', 'free'), true)
  })

  void test('go with their namespace', async () => {
    const { cluster } = api
    await api.namespace('doomed')
    await calls.create('doomed', 'inhabitant')
    await cluster.client.delete(Namespace, { name: 'doomed' })
    await cluster.eventually(
      async () => (await api.rest.call('GET', '/api/v1/namespaces/doomed')).status === 404,
    )
    assert.equal(await calls.exists('doomed', 'inhabitant'), false)
  })

  void test('are counted by quotas', async () => {
    const { cluster } = api
    await api.namespace('counted')
    await calls.create('counted', 'one')
    await calls.create('counted', 'two')
    await createQuota(api, content, 'counted', '5')
    await cluster.eventually(async () => (await calls.used('counted')) === '2')
    await calls.delete('counted', 'one')
    await cluster.eventually(async () => (await calls.used('counted')) === '1')
  })

  return calls
}

/** Limits how many of them a namespace may have. */
export async function createQuota(
  { cluster }: Suite,
  content: Content,
  namespace: string,
  most: string,
): Promise<void> {
  const spec = { hard: { [countOf(content)]: most } }
  await cluster.client.create(ResourceQuota, { metadata: { namespace, name: 'quota' }, spec })
}

function contentCalls(api: Suite, content: Content): ContentCalls {
  const { group, version, plural, kind } = content
  const at = (namespace: string): string =>
    `/apis/${group}/${version}/namespaces/${namespace}/${plural}`
  return {
    create: (namespace, name, more = {}) =>
      api.rest.post(at(namespace), {
        kind,
        apiVersion: `${group}/${version}`,
        metadata: { name, ...more },
      }),
    delete: (namespace, name) => api.rest.delete(`${at(namespace)}/${name}`),
    async exists(namespace, name) {
      const { status } = await api.rest.call('GET', `${at(namespace)}/${name}`)
      if (status !== 404) assert.equal(status, 200)
      return status === 200
    },
    async used(namespace) {
      const quota = await api.cluster.client.get(ResourceQuota, { namespace, name: 'quota' })
      return quota.status?.used?.[countOf(content)]
    },
  }
}

function countOf({ group, plural }: Content): string {
  return `count/${plural}.${group}`
}
