import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Endpoints } from '../../api/core/v1/endpoints.ts'
import { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { Service } from '../../api/core/v1/service.ts'
import { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { endpointsController } from '../endpoints/endpoints-controller.ts'
import { podTemplate, setPodReady } from '../testing.ts'
import { endpointSliceController } from './endpointslice-controller.ts'

const setUp = () => testCluster([endpointSliceController, endpointsController])
const web = { namespace: 'default', name: 'web' }

const service = (more: object = {}) => ({
  metadata: { ...web, labels: { team: 'a' } },
  spec: {
    clusterIP: '10.96.0.10',
    ipFamilies: ['IPv4' as const],
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 8080 }],
    ...more,
  },
})

/** A running Pod with an address. */
async function startPod(
  cluster: TestCluster,
  name: string,
  ip: string,
  nodeName = 'n1',
): Promise<Pod> {
  const { client } = cluster
  const { metadata, spec } = podTemplate('web')
  const created = await client.create(Pod, {
    metadata: { ...metadata, namespace: 'default', name },
    spec: { ...spec, nodeName },
  })
  const pod = await setPodReady(cluster, created)
  const status = { ...pod.status, podIP: ip, podIPs: [{ ip }] }
  const updated = await client.updateStatus(Pod, { ...pod, status })
  await cluster.settle()
  return updated
}

const slices = async ({ client }: TestCluster) => (await client.list(EndpointSlice)).items

test('a Service gets a slice and an Endpoints object that follow its Pods', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const owner = await client.create(Service, service())
  await cluster.settle()
  const [empty] = await slices(cluster)
  assert.deepEqual([empty!.endpoints, empty!.ports], [[], []])

  const pod = await startPod(cluster, 'a', '10.244.0.5')
  const [slice, ...others] = await slices(cluster)
  assert.deepEqual(others, [])
  const { metadata, addressType, endpoints, ports } = slice!
  assert.match(metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  assert.deepEqual(metadata.labels, {
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    'kubernetes.io/service-name': 'web',
    team: 'a',
  })
  assert.equal(metadata.ownerReferences?.[0]?.uid, owner.metadata.uid)
  const targetRef = { kind: 'Pod', namespace: 'default', name: 'a', uid: pod.metadata.uid }
  assert.deepEqual(
    { addressType, endpoints, ports },
    {
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['10.244.0.5'],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: 'n1',
          targetRef,
        },
      ],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
  )
  const { subsets, metadata: own } = await client.get(Endpoints, web)
  assert.deepEqual(subsets, [
    {
      addresses: [{ ip: '10.244.0.5', nodeName: 'n1', targetRef }],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
  ])
  assert.deepEqual(own.labels, {
    'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    team: 'a',
  })
})

test('a Pod that is going serves on while it is ready, and takes no new traffic', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Service, service())
  const pod = await startPod(cluster, 'a', '10.244.0.5')
  await client.delete(Pod, pod.metadata, { gracePeriodSeconds: 30 })
  await cluster.settle()
  const conditions = async () => (await slices(cluster))[0]!.endpoints[0]?.conditions
  assert.deepEqual(await conditions(), { ready: false, serving: true, terminating: true })
  assert.equal((await client.get(Endpoints, web)).subsets, undefined)
  await setPodReady(cluster, pod, false)
  await cluster.settle()
  assert.deepEqual(await conditions(), { ready: false, serving: false, terminating: true })
  await client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0 })
  await cluster.settle()
  assert.equal(await conditions(), undefined)
})

test('more than 100 endpoints take more than one slice', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Service, service())
  for (let i = 0; i < 110; i += 1) {
    const { metadata, spec } = podTemplate('web')
    const created = await client.create(Pod, {
      metadata: { ...metadata, namespace: 'default', name: `p${i}` },
      spec: { ...spec, nodeName: 'n1' },
    })
    const ip = `10.244.0.${i}`
    const status = { ...created.status, podIP: ip, podIPs: [{ ip }] }
    await client.updateStatus(Pod, { ...created, status })
  }
  await cluster.settle()
  const sizes = (await slices(cluster)).map(({ endpoints }) => endpoints.length)
  assert.deepEqual(
    sizes.toSorted((a, b) => a - b),
    [10, 100],
  )
})

test('a slice that somebody deletes comes back, and goes with its Service', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Service, service())
  await startPod(cluster, 'a', '10.244.0.5')
  await client.delete(EndpointSlice, (await slices(cluster))[0]!.metadata)
  await cluster.settle()
  assert.equal((await slices(cluster))[0]?.endpoints.length, 1)
  await client.delete(Service, web)
  await cluster.settle()
  assert.deepEqual(await slices(cluster), [])
  assert.deepEqual((await client.list(Endpoints)).items, [])
})

test('a Service without a selector is left to others', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Service, service({ selector: {} }))
  await cluster.client.create(Service, {
    metadata: { namespace: 'default', name: 'external' },
    spec: { type: 'ExternalName', externalName: 'example.com' },
  })
  await cluster.settle()
  assert.deepEqual(await slices(cluster), [])
})

test('a Service that prefers endpoints nearby has hints on zone and node', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const labels = { 'topology.kubernetes.io/zone': 'east' }
  await client.create(Node, { metadata: { name: 'n1', labels } })
  await client.create(Service, service())
  await startPod(cluster, 'a', '10.244.0.5')
  const forZones = [{ name: 'east' }]
  for (const [trafficDistribution, hints] of [
    [null, undefined],
    ['PreferSameZone', { forZones }],
    ['PreferClose', { forZones }],
    ['PreferSameNode', { forZones, forNodes: [{ name: 'n1' }] }],
  ] as const) {
    await client.patch(Service, web, 'merge', { spec: { trafficDistribution } })
    await cluster.settle()
    const [slice] = await slices(cluster)
    assert.deepEqual(slice!.endpoints?.[0]?.hints, hints)
    assert.equal(slice!.endpoints?.[0]?.zone, 'east')
  }
})

test('a Service that asks for it has its endpoints shared out among zones', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const addNode = async (name: string, zone: string): Promise<void> => {
    const labels = { 'topology.kubernetes.io/zone': zone }
    const node = await client.create(Node, { metadata: { name, labels } })
    const conditions = [{ type: 'Ready', status: 'True' }]
    const status = { ...node.status, conditions, allocatable: { cpu: '2' } }
    await client.updateStatus(Node, { ...node, status })
  }
  await addNode('n1', 'east')
  const annotations = { 'service.kubernetes.io/topology-mode': 'Auto' }
  const { metadata, ...rest } = service()
  await client.create(Service, { metadata: { ...metadata, annotations }, ...rest })
  await startPod(cluster, 'a', '10.244.0.5')
  await startPod(cluster, 'b', '10.244.0.6')
  const hints = async (): Promise<unknown> =>
    (await slices(cluster))[0]!.endpoints
      .flatMap((each) => each.hints?.forZones?.[0]?.name ?? [])
      .toSorted()
  assert.deepEqual(await hints(), [])

  await addNode('n2', 'west')
  await cluster.settle()
  assert.deepEqual(await hints(), ['east', 'west'])
  const events = await cluster.events()
  const reason =
    'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes'
  assert.ok(events.includes(`TopologyAwareHintsDisabled ${reason}, addressType: IPv4`))
  assert.equal(
    events.at(-1),
    'TopologyAwareHintsEnabled Topology Aware Hints has been enabled, addressType: IPv4',
  )
  await client.patch(Service, web, 'merge', { metadata: { annotations: null } })
  await cluster.settle()
  assert.deepEqual(await hints(), [])
})
