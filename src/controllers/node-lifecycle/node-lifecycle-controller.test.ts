import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Lease } from '../../api/coordination/v1/lease.ts'
import { Node } from '../../api/core/v1/node.ts'
import { isPodReady } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { microTimestamp, timestamp } from '../../base/clock.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { podGarbageCollector } from '../pod-garbage-collector/pod-garbage-collector.ts'
import { taintEvictionController } from '../taint-eviction/taint-eviction-controller.ts'
import { podsOf, podTemplate, setPodReady } from '../testing.ts'
import { nodeLifecycleController } from './node-lifecycle-controller.ts'

const setUp = () =>
  testCluster([nodeLifecycleController(), taintEvictionController(), podGarbageCollector()])

const LEASES = 'kube-node-lease'

/** A node that reports to be ready, and has a lease. */
async function addNode({ client, clock }: TestCluster, name: string): Promise<void> {
  const node = await client.create(Node, { metadata: { name } })
  const time = timestamp(clock)
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  }
  await client.updateStatus(Node, { ...node, status: { ...node.status, conditions: [ready] } })
  await client.create(Lease, {
    metadata: { namespace: LEASES, name },
    spec: { holderIdentity: name, renewTime: microTimestamp(clock) },
  })
}

/** Has a node say of itself that it is well. */
async function reportReady({ client, clock }: TestCluster, name: string): Promise<void> {
  const node = await client.get(Node, { name })
  const time = timestamp(clock)
  const conditions = (node.status.conditions ?? []).map((each) => ({
    ...each,
    status: each.type === 'Ready' ? 'True' : 'False',
    lastHeartbeatTime: time,
  }))
  await client.updateStatus(Node, { ...node, status: { ...node.status, conditions } })
}

async function renew({ client, clock }: TestCluster, name: string): Promise<void> {
  const lease = await client.get(Lease, { namespace: LEASES, name })
  const spec = { ...lease.spec, renewTime: microTimestamp(clock) }
  await client.update(Lease, { ...lease, spec })
}

/** Lets time pass, in which only these nodes renew their leases. */
async function pass(cluster: TestCluster, seconds: number, alive: readonly string[]) {
  for (let left = seconds; left > 0; left -= 10) {
    await cluster.clock.advance(Math.min(10, left) * 1000)
    for (const name of alive) await renew(cluster, name)
  }
  await cluster.settle()
}

async function addPod(cluster: TestCluster, name: string, nodeName: string, more: object = {}) {
  const { metadata, spec } = podTemplate('web')
  const pod = await cluster.client.create(Pod, {
    metadata: { ...metadata, namespace: 'default', name },
    spec: { ...spec, nodeName, ...more },
  })
  return setPodReady(cluster, pod)
}

const taints = async ({ client }: TestCluster, name: string) =>
  ((await client.get(Node, { name })).spec.taints ?? []).map(
    ({ key, effect }) => `${key}:${effect}`,
  )
const unreachable = 'node.kubernetes.io/unreachable'

test('a node that is silent is lost: its state is unknown, its Pods take no traffic and are driven off', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  for (const name of ['good', 'bad']) await addNode(cluster, name)
  const tolerations = [
    { key: unreachable, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ]
  await addPod(cluster, 'patient', 'bad', { tolerations })
  await addPod(cluster, 'stays', 'bad', { tolerations: [{ operator: 'Exists' }] })
  await pass(cluster, 30, ['good'])
  assert.deepEqual(await taints(cluster, 'bad'), [])

  await pass(cluster, 20, ['good'])
  const { status } = await client.get(Node, { name: 'bad' })
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  assert.deepEqual(
    [ready?.status, ready?.reason, ready?.message],
    ['Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'],
  )
  assert.deepEqual(await taints(cluster, 'bad'), [
    `${unreachable}:NoSchedule`,
    `${unreachable}:NoExecute`,
  ])
  assert.deepEqual(await taints(cluster, 'good'), [])
  assert.deepEqual((await podsOf(cluster)).map(isPodReady), [false, false])

  await pass(cluster, 250, ['good'])
  assert.equal((await podsOf(cluster)).length, 2)
  await pass(cluster, 60, ['good'])
  const going = (await podsOf(cluster)).filter(({ metadata }) => metadata.deletionTimestamp)
  assert.deepEqual(
    going.map(({ metadata, status: { conditions } }) => [
      metadata.name,
      conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason,
    ]),
    [['patient', 'DeletionByTaintManager']],
  )
  const events = await cluster.events()
  for (const expected of [
    'RegisteredNode Node bad event: Registered Node bad in Controller',
    'NodeNotReady Node bad status is now: NodeNotReady',
    'NodeNotReady Node is not ready',
    'TaintManagerEviction Marking for deletion Pod default/patient',
  ]) {
    assert.ok(events.includes(expected), expected)
  }
})

test('a node that comes back loses its taints, and its Pods stay', async () => {
  await using cluster = await setUp()
  for (const name of ['good', 'bad']) await addNode(cluster, name)
  const tolerations = [
    { key: unreachable, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ]
  await addPod(cluster, 'patient', 'bad', { tolerations })
  await pass(cluster, 60, ['good'])
  await reportReady(cluster, 'bad')
  await pass(cluster, 400, ['good', 'bad'])
  assert.deepEqual(await taints(cluster, 'bad'), [])
  assert.equal((await podsOf(cluster))[0]?.metadata.deletionTimestamp, undefined)
  const events = await cluster.events()
  assert.ok(events.includes('TaintManagerEviction Cancelling deletion of Pod default/patient'))
})

test('where no node is left, nothing is driven off', async () => {
  await using cluster = await setUp()
  await addNode(cluster, 'only')
  await pass(cluster, 60, [])
  assert.deepEqual(await taints(cluster, 'only'), [`${unreachable}:NoSchedule`])
})

test('when the last node is lost too, nothing is driven off any more, and again when one is back', async () => {
  await using cluster = await setUp()
  for (const name of ['a', 'b']) await addNode(cluster, name)
  await pass(cluster, 60, ['b'])
  const both = [`${unreachable}:NoSchedule`, `${unreachable}:NoExecute`]
  assert.deepEqual(await taints(cluster, 'a'), both)
  await pass(cluster, 60, [])
  assert.deepEqual(await taints(cluster, 'a'), [`${unreachable}:NoSchedule`])
  assert.deepEqual(await taints(cluster, 'b'), [`${unreachable}:NoSchedule`])
  await reportReady(cluster, 'b')
  await pass(cluster, 20, ['b'])
  assert.deepEqual(await taints(cluster, 'a'), both)
  assert.deepEqual(await taints(cluster, 'b'), [])
})

test('once the first of many nodes is back, the others learn of it at once', async () => {
  await using cluster = await setUp()
  for (const name of ['a', 'b', 'c']) await addNode(cluster, name)
  await pass(cluster, 60, [])
  await reportReady(cluster, 'b')
  await cluster.settle()
  const [kept, both] = [
    [`${unreachable}:NoSchedule`],
    [`${unreachable}:NoSchedule`, `${unreachable}:NoExecute`],
  ]
  const others = async () => [await taints(cluster, 'a'), await taints(cluster, 'c')]
  assert.deepEqual(await others(), [both, kept])
  await pass(cluster, 10, ['b'])
  assert.deepEqual(await others(), [both, both])
})

test('Pods of a node that is gone are removed after a while', async () => {
  await using cluster = await setUp()
  const { client, clock } = cluster
  await addNode(cluster, 'n1')
  await addPod(cluster, 'p', 'n1')
  await client.delete(Node, { name: 'n1' })
  await clock.advance(30_000)
  assert.equal((await podsOf(cluster)).length, 1)
  await clock.advance(15_000)
  assert.deepEqual(await podsOf(cluster), [])
})

test('a Pod that is deleted before it has a node is removed', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const { metadata, spec } = podTemplate('web')
  const key = { namespace: 'default', name: 'p' }
  await client.create(Pod, {
    metadata: { ...metadata, ...key, finalizers: ['example.com/a'] },
    spec,
  })
  await client.delete(Pod, key)
  await client.patch(Pod, key, 'merge', { metadata: { finalizers: null } })
  await cluster.settle()
  assert.deepEqual(await podsOf(cluster), [])
})

test('only so many Pods that have ended are kept, the newest of them', async () => {
  await using cluster = await testCluster([podGarbageCollector({ terminatedPodThreshold: 2 })])
  const { client, clock } = cluster
  for (const name of ['a', 'b', 'c', 'd']) {
    const { metadata, spec } = podTemplate('web')
    const pod = await client.create(Pod, {
      metadata: { ...metadata, namespace: 'default', name },
      spec,
    })
    await client.updateStatus(Pod, { ...pod, status: { ...pod.status, phase: 'Succeeded' } })
    await clock.advance(2000)
  }
  assert.deepEqual(
    (await podsOf(cluster)).map(({ metadata }) => metadata.name),
    ['c', 'd'],
  )
})
