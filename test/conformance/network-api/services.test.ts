import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import type { Wire } from '../rest.node.ts'
import { suite } from '../suite.node.ts'

interface ServiceSpec {
  readonly type: string
  readonly clusterIP?: string
  readonly ports?: readonly { readonly port: number; readonly nodePort?: number }[]
}

function specOf(service: Wire): ServiceSpec {
  return service['spec'] as ServiceSpec
}

const PORTS = [{ name: 'http', port: 80, targetPort: 80, protocol: 'TCP' }]

describe('Services', () => {
  const api = suite({ nodes: 0 })

  const statusOfIPAddress = async (address: string): Promise<number> =>
    (await api.rest.call('GET', `/apis/networking.k8s.io/v1/ipaddresses/${address}`)).status

  conformance(
    '[sig-network] Services should delete a collection of services [Conformance]',
    async () => {
      const path = `${await api.namespace('collection')}/services`
      const labels = { e2e: 'collection' }
      const create = (name: string, more: object = {}): Promise<Wire> =>
        api.rest.post(path, { metadata: { name, ...more }, spec: { ports: PORTS } })
      const [one, two] = [await create('one', { labels }), await create('two', { labels })]
      await create('other')
      await api.rest.delete(`${path}?labelSelector=e2e%3Dcollection`)
      const { items = [] } = await api.rest.get(path)
      assert.deepEqual(
        items.map(({ metadata }) => metadata.name),
        ['other'],
      )
      for (const gone of [one, two])
        assert.equal(await statusOfIPAddress(specOf(gone).clusterIP!), 404)
    },
  )

  conformance(
    '[sig-network] Services should complete a service status lifecycle [Conformance]',
    async () => {
      const path = `${await api.namespace('lifecycle')}/services`
      const spec = { type: 'LoadBalancer', ports: PORTS, loadBalancerClass: 'example.com/vip' }
      await api.rest.post(path, { metadata: { name: 'svc', labels: { a: 'b' } }, spec })
      const status = `${path}/svc/status`
      assert.deepEqual((await api.rest.get(status))['status'], { loadBalancer: {} })
      const ingress = [{ ip: '203.0.113.1', ipMode: 'VIP' }]
      const patched = await api.rest.patch(status, {
        metadata: { annotations: { patched: 'true' } },
        status: { loadBalancer: { ingress } },
      })
      assert.deepEqual(patched['status'], { loadBalancer: { ingress } })
      assert.equal(patched.metadata.annotations?.['patched'], 'true')
      const condition = {
        type: 'StatusUpdate',
        status: 'True',
        reason: 'E2E',
        message: 'Set from e2e test',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      }
      const updated = await api.rest.put(status, {
        ...patched,
        status: { ...(patched['status'] as object), conditions: [condition] },
      })
      assert.deepEqual((updated['status'] as { conditions: unknown }).conditions, [condition])
      const labelled = await api.rest.patch(`${path}/svc`, { metadata: { labels: { c: 'd' } } })
      assert.deepEqual(labelled.metadata.labels, { a: 'b', c: 'd' })
      using watch = await api.rest.watch(
        `${path}?watch=true&resourceVersion=${labelled.metadata.resourceVersion}`,
      )
      await api.rest.delete(`${path}/svc`)
      assert.equal((await watch.next()).type, 'DELETED')
    },
  )
})
