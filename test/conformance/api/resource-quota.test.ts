import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { pod, replicated, replicationController } from '../objects.ts'
import { suite } from '../suite.node.ts'

type Amounts = Readonly<Record<string, string>>

describe('ResourceQuota', () => {
  const api = suite()

  /** A namespace with a quota whose first count is done. */
  async function quotaIn(
    namespace: string,
    hard: Amounts,
    scopes?: readonly string[],
    name = 'test-quota',
  ): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}`
    if ((await api.rest.call('GET', path)).status === 404) await api.namespace(namespace)
    const spec = { hard, ...(scopes && { scopes }) }
    await api.rest.post(`${path}/resourcequotas`, { metadata: { name }, spec })
    const nothing = Object.fromEntries(Object.keys(hard).map((key) => [key, '0']))
    await used(
      path,
      {
        ...nothing,
        ...(hard['count/configmaps'] && { 'count/configmaps': '1' }),
        ...(hard['configmaps'] && { configmaps: '1' }),
        ...(hard['resourcequotas'] && { resourcequotas: '1' }),
      },
      name,
    )
    return path
  }

  /** Waits until the quota says what is used. */
  async function used(path: string, expected: Amounts, name = 'test-quota'): Promise<void> {
    await api.cluster.eventually(async () => {
      const { status } = await api.rest.get(`${path}/resourcequotas/${name}`)
      assert.deepEqual((status as { used?: Amounts }).used, expected)
      return true
    })
  }

  /** An object counts while it lives, and no longer. */
  async function showCounted(
    path: string,
    resource: string,
    counted: Amounts,
    without: Amounts,
    body: object,
    collection = `${path}/${resource}`,
  ): Promise<void> {
    const { metadata } = await api.rest.post(collection, body)
    await used(path, counted)
    await api.rest.delete(`${collection}/${metadata.name}`)
    await used(path, without)
  }

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and ensure its status is promptly calculated. [Conformance]',
    async () => {
      await quotaIn('quota-status', {
        pods: '5',
        services: '10',
        secrets: '10',
        resourcequotas: '1',
      })
    },
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a service. [Conformance]',
    async () => {
      const hard = {
        services: '2',
        'services.nodeports': '1',
        'services.loadbalancers': '1',
        resourcequotas: '1',
      }
      const path = await quotaIn('quota-service', hard)
      const none = {
        services: '0',
        'services.nodeports': '0',
        'services.loadbalancers': '0',
        resourcequotas: '1',
      }
      const ports = [{ port: 80 }]
      const service = (name: string, type: string): object => ({
        metadata: { name },
        spec: { type, ports },
      })
      await api.rest.post(`${path}/services`, service('test-service', 'ClusterIP'))
      await api.rest.post(`${path}/services`, service('test-service-np', 'NodePort'))
      await used(path, { ...none, services: '2', 'services.nodeports': '1' })
      const refused = await api.rest.call('POST', `${path}/services`, {
        body: service('test-service-lb', 'LoadBalancer'),
      })
      assert.equal(refused.status, 403)
      for (const name of ['test-service', 'test-service-np'])
        await api.rest.delete(`${path}/services/${name}`)
      await used(path, none)
    },
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a secret. [Conformance]',
    async () => {
      const path = await quotaIn('quota-secret', { secrets: '10', resourcequotas: '1' })
      const none = { secrets: '0', resourcequotas: '1' }
      await showCounted(path, 'secrets', { ...none, secrets: '1' }, none, {
        metadata: { name: 'test-secret' },
      })
    },
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a configMap. [Conformance]',
    async () => {
      const path = await quotaIn('quota-configmap', { configmaps: '10' })
      const body = { metadata: { name: 'test-configmap' } }
      // One is there from the beginning: the cluster's certificate authority.
      await showCounted(path, 'configmaps', { configmaps: '2' }, { configmaps: '1' }, body)
    },
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replication controller. [Conformance]',
    async () => {
      const path = await quotaIn('quota-rc', { replicationcontrollers: '10' })
      const [one, none] = [{ replicationcontrollers: '1' }, { replicationcontrollers: '0' }]
      await showCounted(
        path,
        'replicationcontrollers',
        one,
        none,
        replicationController('test-rc', 0),
      )
    },
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replica set. [Conformance]',
    async () => {
      const counted = 'count/replicasets.apps'
      const path = await quotaIn('quota-rs', { [counted]: '5' })
      const replicaSets = '/apis/apps/v1/namespaces/quota-rs/replicasets'
      await showCounted(
        path,
        'replicasets',
        { [counted]: '1' },
        { [counted]: '0' },
        replicated('test-rs', 0),
        replicaSets,
      )
    },
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a pod. [Conformance]',
    async () => {
      const extended = 'requests.example.com/dongle'
      const hard = {
        pods: '5',
        cpu: '1',
        memory: '500Mi',
        'requests.ephemeral-storage': '50Gi',
        [extended]: '3',
      }
      const path = await quotaIn('quota-pod', hard)
      const requests = {
        cpu: '500m',
        memory: '252Mi',
        'ephemeral-storage': '30Gi',
        'example.com/dongle': '2',
      }
      const podOf = (name: string, resources: object): object =>
        pod(name, { containers: [{ name: 'main', image: 'pause', resources }] })
      const limits = { 'example.com/dongle': '2' }
      await api.rest.post(`${path}/pods`, podOf('test-pod', { requests, limits }))
      const counted = {
        pods: '1',
        cpu: '500m',
        memory: '252Mi',
        'requests.ephemeral-storage': '30Gi',
        [extended]: '2',
      }
      await used(path, counted)

      const tooMuch = podOf('fail-pod', {
        requests: { ...requests, cpu: '600m', memory: '100Mi' },
        limits,
      })
      const refused = await api.rest.call('POST', `${path}/pods`, { body: tooMuch })
      assert.equal(refused.status, 403)
      assert.match(String(refused.body['message']), /exceeded quota: test-quota, requested: /)
      const changed = {
        spec: {
          containers: [{ name: 'main', resources: { requests: { ...requests, cpu: '100m' } } }],
        },
      }
      const update = await api.rest.call('PATCH', `${path}/pods/test-pod`, {
        body: changed,
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
      })
      assert.equal(update.status, 422)
      await used(path, counted)
      await api.rest.delete(`${path}/pods/test-pod`, { gracePeriodSeconds: 0 })
      await used(path, {
        pods: '0',
        cpu: '0',
        memory: '0',
        'requests.ephemeral-storage': '0',
        [extended]: '0',
      })
    },
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota. [Conformance]',
    async () => {
      const path = await quotaIn('quota-update', { cpu: '1', memory: '500Mi' })
      const quota = await api.rest.get(`${path}/resourcequotas/test-quota`)
      const hard = { cpu: '2', memory: '1Gi' }
      const updated = await api.rest.put(`${path}/resourcequotas/test-quota`, {
        ...quota,
        spec: { hard },
      })
      assert.deepEqual((updated['spec'] as { hard: Amounts }).hard, hard)
      await api.rest.delete(`${path}/resourcequotas/test-quota`)
      assert.equal((await api.rest.call('GET', `${path}/resourcequotas/test-quota`)).status, 404)
    },
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should manage the lifecycle of a ResourceQuota [Conformance]',
    async () => {
      const path = await quotaIn('quota-life', { cpu: '1', memory: '500Mi' })
      const quota = `${path}/resourcequotas/test-quota`
      await api.rest.patch(quota, {
        metadata: { labels: { 'e2e-life': 'patched' } },
        spec: { hard: { memory: '750Mi' } },
      })
      const { items = [] } = await api.rest.get(
        '/api/v1/resourcequotas?labelSelector=e2e-life%3Dpatched',
      )
      assert.deepEqual(
        items.map(({ spec }) => (spec as { hard: Amounts }).hard),
        [{ cpu: '1', memory: '750Mi' }],
      )
      await api.rest.delete(`${path}/resourcequotas?labelSelector=e2e-life%3Dpatched`)
      assert.deepEqual((await api.rest.get(`${path}/resourcequotas`)).items, [])
    },
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should apply changes to a resourcequota status [Conformance]',
    async () => {
      const path = await quotaIn('quota-set-status', { cpu: '500m', memory: '500Mi' })
      const quota = `${path}/resourcequotas/test-quota`
      const hardOf = async (): Promise<unknown> =>
        ((await api.rest.get(quota))['status'] as { hard?: Amounts }).hard
      assert.deepEqual(await hardOf(), { cpu: '500m', memory: '500Mi' })
      const { spec } = await api.rest.get(quota)
      const patched = await api.rest.patch(`${quota}/status`, {
        status: { hard: { memory: '1Gi' } },
      })
      assert.equal((patched['status'] as { hard: Amounts }).hard['memory'], '1Gi')
      assert.deepEqual(patched['spec'], spec)
      // The controller brings the status back to what is wanted.
      await api.cluster.eventually(async () => {
        assert.deepEqual(await hardOf(), { cpu: '500m', memory: '500Mi' })
        return true
      })
    },
  )

  /** Two quotas of opposite scopes: a Pod counts for one of them alone. */
  async function showScopes(
    namespace: string,
    [one, other]: readonly [string, string],
    pods: Readonly<Record<string, object>>,
  ): Promise<void> {
    const hard = { pods: '5' }
    const path = await quotaIn(namespace, hard, [one], 'one')
    await quotaIn(namespace, hard, [other], 'other')
    for (const [quota, body] of Object.entries(pods)) {
      const { metadata } = await api.rest.post(`${path}/pods`, body)
      await used(path, { pods: '1' }, quota)
      await used(path, { pods: '0' }, quota === 'one' ? 'other' : 'one')
      await api.rest.delete(`${path}/pods/${metadata.name}`, { gracePeriodSeconds: 0 })
      await used(path, { pods: '0' }, quota)
    }
  }

  const resources = {
    requests: { cpu: '100m', memory: '100Mi' },
    limits: { cpu: '200m', memory: '200Mi' },
  }
  const burstable = { containers: [{ name: 'main', image: 'pause', resources }] }

  conformance(
    '[sig-api-machinery] ResourceQuota should verify ResourceQuota with best effort scope. [Conformance]',
    () =>
      showScopes('quota-besteffort', ['BestEffort', 'NotBestEffort'], {
        one: pod('besteffort-pod'),
        other: pod('burstable-pod', burstable),
      }),
  )

  conformance(
    '[sig-api-machinery] ResourceQuota should verify ResourceQuota with terminating scopes. [Conformance]',
    () =>
      showScopes('quota-terminating', ['Terminating', 'NotTerminating'], {
        other: pod('test-pod', burstable),
        one: pod('terminating-pod', { ...burstable, activeDeadlineSeconds: 3600 }),
      }),
  )
})
