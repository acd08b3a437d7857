import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ControllerRevision } from '../../api/apps/v1/controller-revision.ts'
import { DaemonSet } from '../../api/apps/v1/daemon-set.ts'
import { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { podsOf, podTemplate, setAllPodsReady } from '../testing.ts'
import { targetNode } from './daemon-pods.ts'
import { daemonSetController } from './daemonset-controller.ts'

const agent = { namespace: 'default', name: 'agent' }
const daemonSet = (more: object = {}) => ({
  metadata: { ...agent },
  spec: { selector: { matchLabels: { app: 'agent' } }, template: podTemplate('agent'), ...more },
})

async function setUp(...nodes: readonly string[]): Promise<TestCluster> {
  const cluster = await testCluster([daemonSetController()])
  for (const name of nodes) await cluster.client.create(Node, { metadata: { name } })
  await cluster.settle()
  return cluster
}

const nodesWithPod = async (cluster: TestCluster) =>
  (await podsOf(cluster)).map(targetNode).toSorted((a, b) => (a! < b! ? -1 : 1))

test('a DaemonSet runs one Pod on each node, also on those that come later', async () => {
  await using cluster = await setUp('a', 'b')
  const { client } = cluster
  await client.create(DaemonSet, daemonSet())
  await cluster.settle()
  assert.deepEqual(await nodesWithPod(cluster), ['a', 'b'])
  await client.create(Node, { metadata: { name: 'c' } })
  await cluster.settle()
  assert.deepEqual(await nodesWithPod(cluster), ['a', 'b', 'c'])
  await setAllPodsReady(cluster)
  const { status } = await client.get(DaemonSet, agent)
  assert.deepEqual(status, {
    currentNumberScheduled: 3,
    desiredNumberScheduled: 3,
    numberAvailable: 3,
    numberMisscheduled: 0,
    numberReady: 3,
    observedGeneration: 1,
    updatedNumberScheduled: 3,
  })
  await client.patch(Node, { name: 'b' }, 'merge', {
    spec: { taints: [{ key: 'example.com/down', effect: 'NoExecute' }] },
  })
  await cluster.settle()
  assert.deepEqual(await nodesWithPod(cluster), ['a', 'c'])
})

test('a DaemonSet is updated node by node, and keeps its history', async () => {
  await using cluster = await setUp('a', 'b', 'c')
  const { client } = cluster
  await client.create(DaemonSet, daemonSet())
  await cluster.settle()
  await setAllPodsReady(cluster)
  const template = podTemplate('agent', 'image:2')
  await client.patch(DaemonSet, agent, 'merge', { spec: { template } })
  await cluster.settle()
  const images = async () =>
    (await podsOf(cluster))
      .map(({ spec }) => spec.containers[0]!.image)
      .toSorted((a, b) => (a! < b! ? -1 : 1))
  assert.deepEqual(await images(), ['image:1', 'image:1', 'image:2'])
  for (let i = 0; i < 3; i += 1) await setAllPodsReady(cluster)
  assert.deepEqual(await images(), ['image:2', 'image:2', 'image:2'])
  const { items } = await client.list(ControllerRevision)
  assert.deepEqual(
    items.map(({ revision }) => revision).toSorted((a, b) => a - b),
    [1, 2],
  )
  const old = podTemplate('agent', 'image:1')
  await client.patch(DaemonSet, agent, 'merge', { spec: { template: old } })
  await cluster.settle()
  const after = (await client.list(ControllerRevision)).items
  assert.deepEqual(
    after.map(({ revision }) => revision).toSorted((a, b) => a - b),
    [2, 3],
  )
})

test('a daemon that has failed is replaced', async () => {
  await using cluster = await setUp('a')
  const { client } = cluster
  await client.create(DaemonSet, daemonSet())
  await cluster.settle()
  const [first] = await podsOf(cluster)
  await client.updateStatus(Pod, { ...first!, status: { ...first!.status, phase: 'Failed' } })
  await cluster.settle()
  const [second, ...others] = await podsOf(cluster)
  assert.deepEqual(others, [])
  assert.notEqual(second!.metadata.uid, first!.metadata.uid)
  const name = first!.metadata.name
  assert.ok(
    (await cluster.events()).includes(
      `FailedDaemonPod Found failed daemon pod default/${name} on node a, will try to kill it`,
    ),
  )
})
