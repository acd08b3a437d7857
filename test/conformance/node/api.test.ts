import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import type { Wire } from '../rest.node.ts'
import { showApiOperations } from '../api-operations.ts'
import { suite } from '../suite.node.ts'

// What needs no container: simulated nodes do.
describe('objects of nodes and Pods', () => {
  const api = suite()

  describe('ConfigMap', () => {
    conformance(
      '[sig-node] ConfigMap should fail to create ConfigMap with empty key [Conformance]',
      async () => {
        const path = `${await api.namespace('empty-key')}/configmaps`
        const body = { metadata: { name: 'empty' }, data: { '': 'value' } }
        assert.equal((await api.rest.call('POST', path, { body })).status, 422)
      },
    )

    conformance(
      '[sig-node] ConfigMap should update ConfigMap successfully [Conformance] [NodeConformance]',
      async () => {
        const path = `${await api.namespace('updated-configmap')}/configmaps`
        const made = await api.rest.post(path, { metadata: { name: 'a' }, data: {} })
        await api.rest.put(`${path}/a`, { ...made, data: { data: 'value' } })
        assert.deepEqual((await api.rest.get(`${path}/a`))['data'], { data: 'value' })
      },
    )

    conformance(
      '[sig-node] ConfigMap should run through a ConfigMap lifecycle [Conformance]',
      async () => {
        const path = `${await api.namespace('configmaps')}/configmaps`
        const labels = { 'test-configmap-static': 'true' }
        const selected = `${path}?labelSelector=test-configmap-static%3Dtrue`
        const { metadata } = await api.rest.get(selected)
        const watched = `${selected}&watch=true&resourceVersion=${metadata.resourceVersion}`
        using watch = await api.rest.watch(watched)
        await api.rest.post(path, { metadata: { name: 'a', labels }, data: { valueName: 'value' } })
        assert.equal((await watch.next()).type, 'ADDED')
        await api.rest.patch(`${path}/a`, {
          metadata: { labels: { 'test-configmap': 'patched' } },
          data: { valueName: 'value1' },
        })
        assert.equal((await watch.next()).type, 'MODIFIED')
        const all = await api.rest.get(
          '/api/v1/configmaps?labelSelector=test-configmap-static%3Dtrue',
        )
        assert.deepEqual(all.items!.map(dataOf), [{ valueName: 'value1' }])
        await api.rest.delete(selected)
        assert.equal((await watch.next()).type, 'DELETED')
        assert.deepEqual((await api.rest.get(selected)).items, [])
      },
    )
  })

  describe('Secrets', () => {
    conformance(
      '[sig-node] Secrets should fail to create secret due to empty secret key [Conformance]',
      async () => {
        const path = `${await api.namespace('empty-secret-key')}/secrets`
        const body = { metadata: { name: 'empty' }, data: { '': btoa('value') } }
        assert.equal((await api.rest.call('POST', path, { body })).status, 422)
      },
    )

    conformance('[sig-node] Secrets should patch a secret [Conformance]', async () => {
      const path = `${await api.namespace('secrets')}/secrets`
      const labels = { testsecret: 'true', 'testsecret-constant': 'true' }
      const selected = '/api/v1/secrets?labelSelector=testsecret-constant%3Dtrue'
      const data = { key: btoa('value') }
      await api.rest.post(path, { metadata: { name: 'a', labels }, type: 'Opaque', data })
      assert.equal((await api.rest.get(selected)).items?.length, 1)
      const changed = { key: btoa('value1') }
      const body = { metadata: { labels: { testsecret: 'patched' } }, data: changed }
      await api.rest.patch(`${path}/a`, body)
      const [patched] = (await api.rest.get(selected)).items!
      assert.deepEqual(dataOf(patched!), changed)
      assert.equal(patched!.metadata.labels?.['testsecret'], 'patched')
      await api.rest.delete(`${path}?labelSelector=testsecret%3Dpatched`)
      assert.deepEqual((await api.rest.get(selected)).items, [])
    })
  })

  describe('PodTemplates', () => {
    const template = (name: string, labels: object) => ({
      metadata: { name, labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
      },
    })

    conformance(
      '[sig-node] PodTemplates should run the lifecycle of PodTemplates [Conformance]',
      async () => {
        const path = `${await api.namespace('podtemplates')}/podtemplates`
        const labels = { 'podtemplate-static': 'true' }
        await api.rest.post(path, template('nginx', labels))
        const selected = '/api/v1/podtemplates?labelSelector=podtemplate-static%3Dtrue'
        assert.equal((await api.rest.get(selected)).items?.length, 1)
        await api.rest.patch(`${path}/nginx`, { metadata: { labels: { podtemplate: 'patched' } } })
        const { metadata } = await api.rest.get(`${path}/nginx`)
        assert.equal(metadata.labels?.['podtemplate'], 'patched')
        await api.rest.delete(`${path}/nginx`)
        assert.deepEqual((await api.rest.get(selected)).items, [])
      },
    )

    conformance(
      '[sig-node] PodTemplates should delete a collection of pod templates [Conformance]',
      async () => {
        const path = `${await api.namespace('podtemplate-collection')}/podtemplates`
        const selected = `${path}?labelSelector=podtemplate-set%3Dtrue`
        for (const name of ['one', 'two', 'three'])
          await api.rest.post(path, template(name, { 'podtemplate-set': 'true' }))
        assert.equal((await api.rest.get(selected)).items?.length, 3)
        await api.rest.delete(selected)
        assert.deepEqual((await api.rest.get(selected)).items, [])
      },
    )

    conformance('[sig-node] PodTemplates should replace a pod template [Conformance]', async () => {
      const path = `${await api.namespace('podtemplate-replaced')}/podtemplates`
      const made = await api.rest.post(path, template('a', { e2e: 'true' }))
      const metadata = { ...made.metadata, annotations: { updated: 'true' } }
      const replaced = await api.rest.put(`${path}/a`, { ...made, metadata })
      assert.deepEqual(replaced.metadata.annotations, { updated: 'true' })
    })
  })

  conformance('[sig-node] Lease lease API should be available [Conformance]', async () => {
    const namespace = (await api.namespace('leases')).split('/').at(-1)!
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
    const spec = {
      holderIdentity: 'holder',
      leaseDurationSeconds: 30,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:05.000000Z',
      leaseTransitions: 0,
    }
    await api.rest.post(path, { metadata: { name: 'a' }, spec })
    const read = await api.rest.get(`${path}/a`)
    assert.deepEqual(read['spec'], spec)
    const next = { ...spec, holderIdentity: 'holder2', leaseTransitions: 1 }
    await api.rest.put(`${path}/a`, { ...read, spec: next })
    assert.deepEqual((await api.rest.get(`${path}/a`))['spec'], next)
    await api.rest.patch(`${path}/a`, { spec: { leaseDurationSeconds: 60 } })
    const patched = (await api.rest.get(`${path}/a`))['spec']
    assert.deepEqual(patched, { ...next, leaseDurationSeconds: 60 })
    await api.rest.post(path, {
      metadata: { name: 'b', labels: { deletecollection: 'true' } },
      spec,
    })
    assert.equal((await api.rest.get(path)).items?.length, 2)
    await api.rest.delete(`${path}?labelSelector=deletecollection%3Dtrue`)
    assert.deepEqual(namesOf(await api.rest.get(path)), ['a'])
    await api.rest.delete(`${path}/a`)
    assert.deepEqual((await api.rest.get(path)).items, [])
  })

  conformance(
    '[sig-node] Node Lifecycle should run through the lifecycle of a node [Conformance]',
    async () => {
      const path = '/api/v1/nodes'
      const made = await api.rest.post(path, { metadata: { name: 'e2e-fake-node' } })
      assert.equal((await api.rest.get(`${path}/e2e-fake-node`)).metadata.uid, made.metadata.uid)
      const labels = { e2e: 'patched' }
      await api.rest.patch(`${path}/e2e-fake-node`, { metadata: { labels } })
      const listed = await api.rest.get(`${path}?labelSelector=e2e%3Dpatched`)
      assert.deepEqual(namesOf(listed), ['e2e-fake-node'])
      const fresh = await api.rest.get(`${path}/e2e-fake-node`)
      const metadata = { ...fresh.metadata, labels: { ...fresh.metadata.labels, e2e: 'updated' } }
      const updated = await api.rest.put(`${path}/e2e-fake-node`, { ...fresh, metadata })
      assert.equal(updated.metadata.labels?.['e2e'], 'updated')
      await api.rest.delete(`${path}?labelSelector=e2e%3Dupdated`)
      assert.equal((await api.rest.call('GET', `${path}/e2e-fake-node`)).status, 404)
    },
  )

  describe('DRA', () => {
    const version = '/apis/resource.k8s.io/v1'
    const devices = { requests: [{ name: 'one', exactly: { deviceClassName: 'class' } }] }

    conformance('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 DeviceClass [Conformance]', () =>
      showApiOperations(api.rest, { version, plural: 'deviceclasses', body: { spec: {} } }),
    )

    conformance('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaim [Conformance]', () =>
      showApiOperations(api.rest, {
        version,
        plural: 'resourceclaims',
        namespace: 'default',
        body: { spec: { devices } },
      }),
    )

    conformance(
      '[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceClaimTemplate [Conformance]',
      () =>
        showApiOperations(api.rest, {
          version,
          plural: 'resourceclaimtemplates',
          namespace: 'default',
          body: { spec: { spec: { devices } } },
        }),
    )

    conformance('[sig-node] [DRA] CRUD Tests resource.k8s.io/v1 ResourceSlice [Conformance]', () =>
      showApiOperations(api.rest, {
        version,
        plural: 'resourceslices',
        body: {
          spec: {
            driver: 'driver.example.com',
            nodeName: 'node',
            pool: { name: 'pool', generation: 1, resourceSliceCount: 1 },
          },
        },
      }),
    )
  })
})

function dataOf(object: Wire): unknown {
  return object['data']
}

function namesOf({ items = [] }: Wire): readonly string[] {
  return items.map(({ metadata }) => metadata.name)
}
