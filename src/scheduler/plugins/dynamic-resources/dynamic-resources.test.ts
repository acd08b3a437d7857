import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Pod } from '../../../api/core/v1/pod.ts'
import { Namespace } from '../../../api/core/v1/namespace.ts'
import { DeviceClass } from '../../../api/resource/v1/device-class.ts'
import { ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'
import { ResourceSlice } from '../../../api/resource/v1/resource-slice.ts'
import type { Input } from '../../../schema/message.ts'
import { testScheduler, type TestScheduler } from '../../testing.ts'

const DRIVER = 'gpu.example.com'

type Devices = NonNullable<Input<ResourceSlice>['spec']['devices']>
type Requests = NonNullable<Input<ResourceClaim>['spec']['devices']>['requests']

/** A scheduler with nodes that have these devices, and a class of all devices of the driver. */
async function clusterWith(
  byNode: Readonly<Record<string, Devices>>,
  options?: Parameters<typeof testScheduler>[0],
): Promise<TestScheduler> {
  const cluster = await testScheduler(options)
  const expression = `device.driver == "${DRIVER}"`
  await cluster.client.create(DeviceClass, {
    metadata: { name: 'gpu' },
    spec: { selectors: [{ cel: { expression } }] },
  })
  for (const [node, devices] of Object.entries(byNode)) {
    await cluster.addNode(node)
    await addSlice(cluster, node, { devices })
  }
  await cluster.settle()
  return cluster
}

async function addSlice(
  { client }: TestScheduler,
  node: string,
  more: Partial<Input<ResourceSlice>['spec']>,
  count = 1,
): Promise<void> {
  const generateName = `${node}-`
  const pool = { name: node, generation: 1, resourceSliceCount: count }
  await client.create(ResourceSlice, {
    metadata: { generateName },
    spec: { driver: DRIVER, nodeName: node, pool, ...more },
  })
}

const gpu = (name: string, gigabytes: number, more: object = {}): Devices[number] => ({
  name,
  attributes: { model: { string: name.split('-')[0]! }, fast: { bool: gigabytes > 40 } },
  capacity: { memory: { value: `${gigabytes}Gi` } },
  ...more,
})

async function addClaim(
  { client }: TestScheduler,
  name: string,
  requests: Requests,
  more: object = {},
): Promise<void> {
  await client.create(ResourceClaim, {
    metadata: { namespace: 'default', name },
    spec: { devices: { requests: requests ?? [], ...more } },
  })
}

/** Creates a Pod with a claim of its name, and tells where it goes and which devices it has. */
async function place(
  cluster: TestScheduler,
  name: string,
  requests: Requests,
  more: object = {},
): Promise<string> {
  await addClaim(cluster, name, requests, more)
  await addPodOf(cluster, name, name)
  return outcome(cluster, name, name)
}

async function addPodOf(cluster: TestScheduler, pod: string, claim: string): Promise<void> {
  const resourceClaims = [{ name: 'devices', resourceClaimName: claim }]
  await cluster.addPod(pod, { spec: { resourceClaims } })
}

async function outcome(cluster: TestScheduler, pod: string, claim: string): Promise<string> {
  await cluster.settle()
  const node = await cluster.nodeOf(pod)
  if (node === '') return cluster.whyWaiting(pod)
  const key = { namespace: 'default', name: claim }
  const { status } = await cluster.client.get(ResourceClaim, key)
  const devices = (status.allocation?.devices.results ?? []).map(
    ({ request, device }) => `${request}=${device}`,
  )
  return `${node}: ${devices.join(' ')}`
}

const exactly = (more: object = {}) => [
  { name: 'one', exactly: { deviceClassName: 'gpu', ...more } },
]
const selecting = (expression: string) => ({ selectors: [{ cel: { expression } }] })
const NOTHING = (nodes: number): string =>
  `0/${nodes} nodes are available: ${nodes} cannot allocate all claims. still not schedulable, preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`

test('a Pod gets a device where one is free, and others wait until it is given back', async () => {
  await using cluster = await clusterWith({ a: [gpu('x-1', 16)] })
  assert.equal(await place(cluster, 'first', exactly()), 'a: one=x-1')
  assert.equal(await place(cluster, 'second', exactly()), NOTHING(1))
  const key = { namespace: 'default', name: 'first' }
  const claim = await cluster.client.get(ResourceClaim, key)
  assert.deepEqual(
    claim.status.reservedFor?.map(({ name }) => name),
    ['first'],
  )
  assert.deepEqual(claim.metadata.finalizers, ['resource.kubernetes.io/delete-protection'])
  assert.deepEqual(claim.status.allocation?.nodeSelector, {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }],
  })
  await cluster.client.updateStatus(ResourceClaim, { ...claim, status: {} })
  await cluster.clock.advance(2000)
  assert.equal(await outcome(cluster, 'second', 'second'), 'a: one=x-1')
})

test('selectors see attributes, capacity and versions of devices', async () => {
  await using cluster = await clusterWith({
    a: [gpu('x-1', 16)],
    b: [gpu('y-1', 80, { attributes: { driverVersion: { version: '2.1.0' } } })],
  })
  const big = `device.capacity["${DRIVER}"].memory.compareTo(quantity("40Gi")) > 0`
  assert.equal(await place(cluster, 'big', exactly(selecting(big))), 'b: one=y-1')
  const model = `device.attributes["${DRIVER}"].model == "x" && !("a" in device.attributes["other"])`
  const claim = exactly(selecting(`"model" in device.attributes["${DRIVER}"] && ${model}`))
  assert.equal(await place(cluster, 'small', claim), 'a: one=x-1')
})

test('an expression that is wrong is told', async () => {
  await using cluster = await clusterWith({ a: [gpu('x-1', 16)] })
  const why = await place(cluster, 'web', exactly(selecting('device.nothing')))
  assert.match(
    why,
    /^claim default\/web: selector #0: CEL compile error: compilation failed: ERROR/,
  )
})

test('all devices of a node are wanted, or several', async () => {
  await using cluster = await clusterWith({
    a: [gpu('x-1', 16)],
    b: [gpu('x-2', 16), gpu('x-3', 16), gpu('x-4', 16)],
  })
  assert.equal(await place(cluster, 'two', exactly({ count: 2 })), 'b: one=x-2 one=x-3')
  assert.equal(await place(cluster, 'all', exactly({ allocationMode: 'All' })), 'a: one=x-1')
})

test('of alternatives the first that can be had is taken', async () => {
  await using cluster = await clusterWith({ a: [gpu('x-1', 16), gpu('x-2', 16)] })
  const firstAvailable = [
    { name: 'big', deviceClassName: 'gpu', ...selecting(`device.attributes["${DRIVER}"].fast`) },
    { name: 'pair', deviceClassName: 'gpu', count: 2 },
  ]
  assert.equal(
    await place(cluster, 'web', [{ name: 'any', firstAvailable }]),
    'a: any/pair=x-1 any/pair=x-2',
  )
})

test('constraints keep devices alike, or apart', async () => {
  await using cluster = await clusterWith({
    a: [gpu('x-1', 16), gpu('y-1', 16), gpu('y-2', 16)],
  })
  const matchAttribute = `${DRIVER}/model`
  const two = exactly({ count: 2 })
  assert.equal(
    await place(cluster, 'alike', two, { constraints: [{ matchAttribute }] }),
    'a: one=y-1 one=y-2',
  )
  assert.equal(await place(cluster, 'left', two, { constraints: [{ matchAttribute }] }), NOTHING(1))
})

test('devices with taints are for those who tolerate them', async () => {
  const taints = [{ key: 'broken', effect: 'NoSchedule' as const }]
  await using cluster = await clusterWith({ a: [gpu('x-1', 16, { taints })] })
  assert.equal(await place(cluster, 'plain', exactly()), NOTHING(1))
  const tolerations = [{ key: 'broken', operator: 'Exists' }]
  assert.equal(await place(cluster, 'brave', exactly({ tolerations })), 'a: one=x-1')
})

test('parts of a device are given out as long as the shared counters last', async () => {
  await using cluster = await clusterWith({})
  await cluster.addNode('a')
  const counters = (value: string) => ({ memory: { value } })
  const sharedCounters = [{ name: 'card', counters: counters('40Gi') }]
  await addSlice(cluster, 'a', { sharedCounters }, 2)
  const part = (name: string, value: string) =>
    gpu(name, 1, { consumesCounters: [{ counterSet: 'card', counters: counters(value) }] })
  await addSlice(
    cluster,
    'a',
    { devices: [part('p-1', '30Gi'), part('p-2', '20Gi'), part('p-3', '10Gi')] },
    2,
  )
  await cluster.settle()
  assert.equal(await place(cluster, 'first', exactly()), 'a: one=p-1')
  assert.equal(await place(cluster, 'second', exactly()), 'a: one=p-3')
  assert.equal(await place(cluster, 'third', exactly()), NOTHING(1))
})

test('several share a device within its capacity', async () => {
  await using cluster = await clusterWith({
    a: [gpu('x-1', 16, { allowMultipleAllocations: true })],
  })
  const some = (memory: string) => exactly({ capacity: { requests: { memory } } })
  assert.equal(await place(cluster, 'first', some('10Gi')), 'a: one=x-1')
  assert.equal(await place(cluster, 'second', some('6Gi')), 'a: one=x-1')
  assert.equal(await place(cluster, 'third', some('1Gi')), NOTHING(1))
})

test('administrators reach devices that are in use', async () => {
  await using cluster = await clusterWith({ a: [gpu('x-1', 16)] })
  await cluster.client.patch(Namespace, { name: 'default' }, 'merge', {
    metadata: { labels: { 'resource.kubernetes.io/admin-access': 'true' } },
  })
  assert.equal(await place(cluster, 'user', exactly()), 'a: one=x-1')
  assert.equal(await place(cluster, 'admin', exactly({ adminAccess: true })), 'a: one=x-1')
})

test('Pods that share a claim go to its node', async () => {
  await using cluster = await clusterWith({ a: [gpu('x-1', 16)], b: [], c: [] })
  assert.equal(await place(cluster, 'first', exactly()), 'a: one=x-1')
  await addPodOf(cluster, 'second', 'first')
  assert.equal(await outcome(cluster, 'second', 'first'), 'a: one=x-1')
})

test('a Pod says which claim or class it waits for, and goes on when that is there', async () => {
  await using cluster = await clusterWith({ a: [gpu('x-1', 16)] })
  await addPodOf(cluster, 'web', 'later')
  assert.equal(await outcome(cluster, 'web', 'later'), 'could not find claim "default/later"')
  const other = [{ name: 'one', exactly: { deviceClassName: 'none' } }]
  await addClaim(cluster, 'later', other)
  assert.match(
    await outcome(cluster, 'web', 'later'),
    /^0\/1 nodes are available: request one: device class none does not exist\. no new claims to deallocate, preemption/,
  )
  await cluster.client.create(DeviceClass, { metadata: { name: 'none' }, spec: {} })
  await cluster.clock.advance(3000)
  assert.equal(await outcome(cluster, 'web', 'later'), 'a: one=x-1')
})

const late = (name: string): Devices[number] =>
  gpu(name, 16, { bindingConditions: ['attached'], bindingFailureConditions: ['broken'] })

/** A driver tells of the one device of a claim. */
async function tell({ client }: TestScheduler, name: string, type: string): Promise<void> {
  const claim = await client.get(ResourceClaim, { namespace: 'default', name })
  const { driver, pool, device } = claim.status.allocation!.devices.results![0]!
  const lastTransitionTime = '2026-01-01T00:00:00Z'
  const conditions = [
    { type, status: 'True' as const, reason: 'Told', message: '', lastTransitionTime },
  ]
  await client.updateStatus(ResourceClaim, {
    ...claim,
    status: { ...claim.status, devices: [{ driver, pool, device, conditions }] },
  })
}

const WAITS = ''

test('a Pod waits until its devices are ready, also where a scheduler that is gone reserved them', async () => {
  await using cluster = await clusterWith({ a: [late('x-1')] })
  const { client } = cluster
  assert.equal(await place(cluster, 'first', exactly()), WAITS)
  await client.delete(Pod, { namespace: 'default', name: 'first' })
  const resourceClaims = [{ name: 'devices', resourceClaimName: 'first' }]
  const schedulingGates = [{ name: 'wait' }]
  const { metadata } = await cluster.addPod('web', { spec: { resourceClaims, schedulingGates } })
  await cluster.restart()
  const claim = await client.get(ResourceClaim, { namespace: 'default', name: 'first' })
  const { name, uid } = metadata
  const reservedFor = [{ resource: 'pods', name, uid }]
  await client.updateStatus(ResourceClaim, { ...claim, status: { ...claim.status, reservedFor } })
  await client.patch(Pod, metadata, 'merge', { spec: { schedulingGates: null } })
  await cluster.settle()
  assert.equal(await cluster.nodeOf('web'), '')
  await tell(cluster, 'first', 'attached')
  assert.equal(await outcome(cluster, 'web', 'first'), 'a: one=x-1')
})

test('devices that do not get ready are given back, and others are tried', async () => {
  await using cluster = await clusterWith({ a: [late('x-1')] })
  assert.equal(await place(cluster, 'web', exactly()), WAITS)
  await tell(cluster, 'web', 'broken')
  await cluster.settle()
  assert.match(await cluster.whyWaiting('web'), /claim default\/web binding failed/)
  await cluster.clock.advance(2000)
  await tell(cluster, 'web', 'attached')
  assert.equal(await outcome(cluster, 'web', 'web'), 'a: one=x-1')
})

test('profiles do not give out one device twice', async () => {
  const profiles = [{ schedulerName: 'default-scheduler' }, { schedulerName: 'other' }]
  await using cluster = await clusterWith({ a: [gpu('x-1', 16)] }, { configuration: { profiles } })
  await addClaim(cluster, 'first', exactly())
  await addClaim(cluster, 'second', exactly())
  await cluster.settle()
  const resourceClaims = (resourceClaimName: string) => [{ name: 'devices', resourceClaimName }]
  await Promise.all([
    cluster.addPod('first', { spec: { resourceClaims: resourceClaims('first') } }),
    cluster.addPod('second', {
      spec: { schedulerName: 'other', resourceClaims: resourceClaims('second') },
    }),
  ])
  assert.deepEqual(
    [await outcome(cluster, 'first', 'first'), await outcome(cluster, 'second', 'second')],
    ['a: one=x-1', NOTHING(1)],
  )
})
