import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Node } from '../../../api/core/v1/node.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import { DeviceClass } from '../../../api/resource/v1/device-class.ts'
import { ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'
import { ResourceSlice } from '../../../api/resource/v1/resource-slice.ts'
import { testScheduler, type TestScheduler } from '../../testing.ts'
import { extendedRequests } from './extended-requests.ts'

const GPU = 'example.com/gpu'
const driver = 'gpu.example.com'

/** A node with devices that drivers offer. */
async function addNode(cluster: TestScheduler, name: string, devices: number): Promise<void> {
  await cluster.addNode(name)
  await cluster.client.create(ResourceSlice, {
    metadata: { name },
    spec: {
      driver,
      nodeName: name,
      pool: { name, generation: 1, resourceSliceCount: 1 },
      devices: Array.from({ length: devices }, (_, i) => ({ name: `gpu-${i}` })),
    },
  })
}

async function addClass({ client }: TestScheduler): Promise<void> {
  await client.create(DeviceClass, {
    metadata: { name: 'gpu' },
    spec: {
      selectors: [{ cel: { expression: `device.driver == "${driver}"` } }],
      extendedResourceName: GPU,
    },
  })
}

const wanting = (name: string, count: number, resource = GPU) => ({
  name,
  image: 'image:1',
  resources: { requests: { [resource]: `${count}` }, limits: { [resource]: `${count}` } },
})

async function place(cluster: TestScheduler, name: string, ...containers: readonly object[]) {
  await cluster.addPod(name, { spec: { containers } })
  await cluster.clock.advance(3000)
  return (await cluster.nodeOf(name)) || (await cluster.whyWaiting(name))
}

test('an extended resource is had from devices where a class stands for it', async () => {
  await using cluster = await testScheduler()
  await addNode(cluster, 'a', 3)
  const { client } = cluster
  assert.match(await place(cluster, 'web', wanting('main', 2)), /Insufficient example\.com\/gpu/)
  await addClass(cluster)
  await cluster.clock.advance(12_000)
  assert.equal(await cluster.nodeOf('web'), 'a')
  const { status, metadata } = await client.get(Pod, { namespace: 'default', name: 'web' })
  const { resourceClaimName, requestMappings } = status.extendedResourceClaimStatus!
  assert.deepEqual(requestMappings, [
    { containerName: 'main', resourceName: GPU, requestName: 'container-0-request-0' },
  ])
  const claim = await client.get(ResourceClaim, { namespace: 'default', name: resourceClaimName })
  assert.match(resourceClaimName, /^web-extended-resources-/)
  assert.equal(
    claim.metadata.annotations?.['resource.kubernetes.io/extended-resource-claim'],
    'true',
  )
  assert.equal(claim.metadata.ownerReferences?.[0]?.uid, metadata.uid)
  assert.deepEqual(
    claim.status.allocation?.devices.results?.map(({ device }) => device),
    ['gpu-0', 'gpu-1'],
  )
  assert.match(await place(cluster, 'late', wanting('main', 2)), /cannot allocate all claims/)
  const { items } = await client.list(ResourceClaim)
  assert.equal(items.length, 1)
})

test('a node that has an extended resource by itself needs no claim for it', async () => {
  await using cluster = await testScheduler()
  await addClass(cluster)
  const allocatable = { cpu: '4', memory: '16Gi', pods: '110', [GPU]: '1' }
  await cluster.client.create(Node, {
    metadata: { name: 'own' },
    status: { capacity: allocatable, allocatable },
  })
  await cluster.settle()
  assert.equal(await place(cluster, 'web', wanting('main', 1)), 'own')
  assert.deepEqual((await cluster.client.list(ResourceClaim)).items, [])
  assert.match(await place(cluster, 'late', wanting('main', 1)), /Insufficient example\.com\/gpu/)
})

test('devices for an extended resource are waited for where they are not ready at once', async () => {
  await using cluster = await testScheduler()
  const { client } = cluster
  await addClass(cluster)
  await addNode(cluster, 'a', 0)
  await client.create(ResourceSlice, {
    metadata: { name: 'late' },
    spec: {
      driver,
      nodeName: 'a',
      pool: { name: 'late', generation: 1, resourceSliceCount: 1 },
      devices: [
        { name: 'gpu', bindingConditions: ['attached'], bindingFailureConditions: ['broken'] },
      ],
    },
  })
  assert.equal(await place(cluster, 'web', wanting('main', 1)), '')
  const [claim] = (await client.list(ResourceClaim)).items
  const [device] = claim!.status.allocation!.devices.results!
  const lastTransitionTime = '2026-01-01T00:00:00Z'
  const attached = { type: 'attached', status: 'True', reason: 'Done', message: '' } as const
  const conditions = [{ ...attached, lastTransitionTime }]
  const { pool, device: name } = device!
  await client.updateStatus(ResourceClaim, {
    ...claim!,
    status: { ...claim!.status, devices: [{ driver, pool, device: name, conditions }] },
  })
  await cluster.settle()
  assert.equal(await cluster.nodeOf('web'), 'a')
})

test('every class stands for a resource that has its name', async () => {
  await using cluster = await testScheduler()
  await addClass(cluster)
  await addNode(cluster, 'a', 1)
  const resource = 'deviceclass.resource.kubernetes.io/gpu'
  assert.equal(await place(cluster, 'web', wanting('main', 1, resource)), 'a')
})

test('extendedRequests() lets init containers that end use what containers have', () => {
  const sidecar = { ...wanting('side', 1), restartPolicy: 'Always' }
  const spec = {
    initContainers: [wanting('small', 1), wanting('large', 5), sidecar, wanting('last', 4)],
    containers: [wanting('main', 2)],
  } as unknown as Pod['spec']
  const { requests, mappings } = extendedRequests(spec, [GPU], () => 'gpu')
  assert.deepEqual(
    requests.map(({ name, exactly }) => `${name}: ${exactly?.count}`),
    ['container-1-request-0: 2', 'container-2-request-0: 1', 'container-4-request-0: 2'],
  )
  assert.deepEqual(
    mappings.map(({ containerName, requestName }) => `${containerName} ${requestName}`),
    [
      'side container-2-request-0',
      'main container-4-request-0',
      'small container-2-request-0',
      'large container-2-request-0',
      'large container-4-request-0',
      'last container-4-request-0',
      'large container-1-request-0',
      'last container-1-request-0',
    ],
  )
})
