import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Event } from '../../api/core/v1/event.ts'
import { Node } from '../../api/core/v1/node.ts'
import { Service } from '../../api/core/v1/service.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { serviceLoadBalancerController } from './service-loadbalancer-controller.ts'

const setUp = () => testCluster([serviceLoadBalancerController])

async function addNode(
  cluster: TestCluster,
  name: string,
  ...ips: readonly string[]
): Promise<void> {
  const node = await cluster.client.create(Node, { metadata: { name } })
  const addresses = ips.map((address) => ({ type: 'InternalIP', address }))
  const conditions = [{ type: 'Ready', status: 'True' as const }]
  await cluster.client.updateStatus(Node, {
    ...node,
    status: { ...node.status, addresses, conditions },
  })
  await cluster.settle()
}

async function addService(cluster: TestCluster, name: string, more: object = {}): Promise<void> {
  await cluster.client.create(Service, {
    metadata: { namespace: 'default', name },
    spec: { type: 'LoadBalancer', ipFamilies: ['IPv4'], ports: [{ port: 80 }], ...more },
  })
  await cluster.settle()
}

async function addresses({ client }: TestCluster, name: string): Promise<readonly string[]> {
  const { status } = await client.get(Service, { namespace: 'default', name })
  return (status.loadBalancer.ingress ?? []).map(({ ip }) => ip!)
}

test('a load balancer has the addresses of the ready nodes', async () => {
  await using cluster = await setUp()
  await addNode(cluster, 'n2', '192.0.2.2', 'fd00::2')
  await addService(cluster, 'web')
  assert.deepEqual(await addresses(cluster, 'web'), ['192.0.2.2'])
  await addNode(cluster, 'n1', '192.0.2.1')
  assert.deepEqual(await addresses(cluster, 'web'), ['192.0.2.1', '192.0.2.2'])
  await cluster.client.delete(Node, { name: 'n2' })
  await cluster.settle()
  assert.deepEqual(await addresses(cluster, 'web'), ['192.0.2.1'])
  const reasons = (await cluster.client.list(Event)).items.map(({ reason }) => reason)
  assert.ok(reasons.includes('EnsuredLoadBalancer'))
})

test('a Service with a class, or of another type, is left alone', async () => {
  await using cluster = await setUp()
  await addNode(cluster, 'n1', '192.0.2.1')
  await addService(cluster, 'other', { loadBalancerClass: 'example.com/lb' })
  await addService(cluster, 'internal', { type: 'ClusterIP' })
  assert.deepEqual(await addresses(cluster, 'other'), [])
  assert.deepEqual(await addresses(cluster, 'internal'), [])
})

test('a port that another Service has is waited for', async () => {
  await using cluster = await setUp()
  await addNode(cluster, 'n1', '192.0.2.1')
  await addService(cluster, 'first')
  await cluster.clock.advance(1000)
  await addService(cluster, 'second')
  assert.deepEqual(await addresses(cluster, 'second'), [])
  const [event] = (await cluster.client.list(Event)).items.filter(({ type }) => type === 'Warning')
  assert.equal(
    event?.message,
    'Error syncing load balancer: failed to ensure load balancer: ports are taken by Service default/first',
  )
  await cluster.client.delete(Service, { namespace: 'default', name: 'first' })
  await cluster.settle()
  assert.deepEqual(await addresses(cluster, 'second'), ['192.0.2.1'])
})

test('a Service that becomes another type gives its addresses back', async () => {
  await using cluster = await setUp()
  await addNode(cluster, 'n1', '192.0.2.1')
  await addService(cluster, 'web')
  await cluster.client.patch(Service, { namespace: 'default', name: 'web' }, 'merge', {
    spec: { type: 'ClusterIP' },
  })
  await cluster.settle()
  assert.deepEqual(await addresses(cluster, 'web'), [])
})
