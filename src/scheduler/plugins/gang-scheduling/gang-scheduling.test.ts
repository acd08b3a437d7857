import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { PodGroup } from '../../../api/scheduling/v1alpha2/pod-group.ts'
import { asking, testScheduler, type TestScheduler } from '../../testing.ts'

const featureGates = { GenericWorkload: true, GangScheduling: true }

async function addGang({ client }: TestScheduler, minCount: number): Promise<void> {
  await client.create(PodGroup, {
    metadata: { namespace: 'default', name: 'gang' },
    spec: { schedulingPolicy: { gang: { minCount } } },
  })
}

async function addMembers(cluster: TestScheduler, ...names: readonly string[]): Promise<void> {
  const schedulingGroup = { podGroupName: 'gang' }
  for (const name of names)
    await cluster.addPod(name, { spec: asking({ cpu: '3' }, { schedulingGroup }) })
  await cluster.settle()
}

const nodesOf = (cluster: TestScheduler, ...pods: readonly string[]): Promise<readonly string[]> =>
  Promise.all(pods.map((pod) => cluster.nodeOf(pod)))

test('a gang waits for its group, then for its members, and goes together', async () => {
  await using cluster = await testScheduler({ featureGates })
  for (const name of ['a', 'b']) await cluster.addNode(name)
  await addMembers(cluster, 'one')
  assert.equal(
    await cluster.whyWaiting('one'),
    `waiting for pods's pod group "gang" to appear in scheduling queue`,
  )
  await addGang(cluster, 2)
  await cluster.settle()
  assert.deepEqual(await nodesOf(cluster, 'one'), [''])
  await addMembers(cluster, 'two')
  await cluster.settle()
  assert.deepEqual((await nodesOf(cluster, 'one', 'two')).toSorted(), ['a', 'b'])
})

test('a gang that a member holds up takes no node, and gives up after a while', async () => {
  await using cluster = await testScheduler({ featureGates })
  await cluster.addNode('a')
  await addGang(cluster, 2)
  const schedulingGroup = { podGroupName: 'gang' }
  await cluster.addPod('two', { spec: { schedulingGroup, schedulingGates: [{ name: 'wait' }] } })
  await addMembers(cluster, 'one')
  assert.deepEqual(await nodesOf(cluster, 'one', 'two'), ['', ''])
  await cluster.clock.advance(5 * 60_000 + 1000)
  assert.deepEqual(await nodesOf(cluster, 'one', 'two'), ['', ''])
  const timeout = 'rejected due to timeout after waiting 5m0s at plugin GangScheduling'
  assert.ok((await cluster.events()).includes(`FailedScheduling ${timeout}`))
})

test('a Pod without a group does not wait', async () => {
  await using cluster = await testScheduler({ featureGates })
  await cluster.addNode('a')
  await cluster.addPod('alone')
  await cluster.settle()
  assert.equal(await cluster.nodeOf('alone'), 'a')
})

test('a gang half there goes on with a scheduler that starts on caches that are full', async () => {
  await using cluster = await testScheduler({ featureGates, sharesInformers: true })
  for (const name of ['a', 'b']) await cluster.addNode(name)
  await addGang(cluster, 2)
  await addMembers(cluster, 'one')
  await cluster.restart()
  assert.equal(
    await cluster.whyWaiting('one'),
    'waiting for minCount pods from a gang to appear in scheduling queue',
  )
  await addMembers(cluster, 'two')
  await cluster.settle()
  assert.deepEqual((await nodesOf(cluster, 'one', 'two')).toSorted(), ['a', 'b'])
})

test('a gang that does not fit whole gives its nodes back at once, and goes when there is room', async () => {
  await using cluster = await testScheduler({ featureGates })
  await cluster.addNode('a')
  await addGang(cluster, 2)
  await addMembers(cluster, 'one', 'two')
  await cluster.addPod('other', { spec: asking({ cpu: '2' }) })
  await cluster.settle()
  assert.equal(await cluster.nodeOf('other'), 'a')
  const told = 'FailedScheduling another pod of the gang cannot be placed'
  assert.ok((await cluster.events()).includes(told))
  for (const name of ['b', 'c']) await cluster.addNode(name)
  await cluster.clock.advance(10_000)
  assert.deepEqual((await nodesOf(cluster, 'one', 'two')).toSorted(), ['b', 'c'])
})
