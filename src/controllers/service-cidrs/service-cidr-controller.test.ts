import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Service } from '../../api/core/v1/service.ts'
import { ServiceCIDR } from '../../api/networking/v1/service-cidr.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { serviceCIDRController } from './service-cidr-controller.ts'

const FINALIZER = 'networking.k8s.io/service-cidr-finalizer'

async function start(): Promise<TestCluster> {
  return testCluster([serviceCIDRController])
}

function addRange({ client }: TestCluster, name: string, cidr: string): Promise<ServiceCIDR> {
  return client.create(ServiceCIDR, { metadata: { name }, spec: { cidrs: [cidr] } })
}

function addService({ client }: TestCluster, name: string, clusterIP: string): Promise<Service> {
  return client.create(Service, {
    metadata: { namespace: 'default', name },
    spec: { clusterIP, ports: [{ port: 80 }] },
  })
}

async function exists({ client }: TestCluster, name: string): Promise<boolean> {
  const { items } = await client.list(ServiceCIDR)
  return items.some(({ metadata }) => metadata.name === name)
}

function ready(serviceCIDR: ServiceCIDR): string {
  const { status, reason, message } = serviceCIDR.status.conditions!.find(
    ({ type }) => type === 'Ready',
  )!
  return `${status} ${reason} ${message}`
}

test('a ServiceCIDR gets a finalizer and is told to be ready', async () => {
  await using cluster = await start()
  await addRange(cluster, 'a', '10.97.0.0/24')
  await cluster.settle()
  const range = await cluster.client.get(ServiceCIDR, { name: 'a' })
  assert.deepEqual(range.metadata.finalizers, [FINALIZER])
  assert.equal(ready(range), 'True  Kubernetes Service CIDR is ready')
})

test('a ServiceCIDR that Services have addresses of stays until they are gone', async () => {
  await using cluster = await start()
  const { client, clock } = cluster
  await addRange(cluster, 'a', '10.97.0.0/24')
  await cluster.settle()
  await addService(cluster, 's', '10.97.0.7')
  await client.delete(ServiceCIDR, { name: 'a' })
  await cluster.settle()
  assert.match(
    ready(await client.get(ServiceCIDR, { name: 'a' })),
    /^False Terminating There are still IPAddresses referencing the ServiceCIDR/,
  )
  await assert.rejects(addService(cluster, 't', '10.97.0.8'), /does not match the current range/)
  await client.delete(Service, { namespace: 'default', name: 's' })
  await clock.advance(11_000)
  assert.equal(await exists(cluster, 'a'), false)
})

test('a ServiceCIDR within another goes though Services have its addresses', async () => {
  await using cluster = await start()
  const { client, clock } = cluster
  await addRange(cluster, 'inner', '10.96.7.0/24')
  await cluster.settle()
  await addService(cluster, 's', '10.96.7.7')
  await client.delete(ServiceCIDR, { name: 'inner' })
  await clock.advance(11_000)
  assert.equal(await exists(cluster, 'inner'), false)
})

test('a ServiceCIDR that waits goes when another takes its place', async () => {
  await using cluster = await start()
  const { client, clock } = cluster
  await addRange(cluster, 'a', '10.97.0.0/24')
  await cluster.settle()
  await addService(cluster, 's', '10.97.0.7')
  await client.delete(ServiceCIDR, { name: 'a' })
  await clock.advance(11_000)
  assert.equal(await exists(cluster, 'a'), true)
  await addRange(cluster, 'b', '10.97.0.0/16')
  await clock.advance(11_000)
  assert.equal(await exists(cluster, 'a'), false)
})
