import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Node } from '../api/core/v1/node.ts'
import { podCondition } from '../api/core/v1/pod-conditions.ts'
import { Pod } from '../api/core/v1/pod.ts'
import type { PluginFactory } from './default-plugins.ts'
import { asking, testScheduler } from './testing.ts'

test('a Pod gets a node, an event and a condition', async () => {
  await using cluster = await testScheduler()
  await cluster.addNode('n1')
  await cluster.addPod('web')
  await cluster.settle()
  assert.equal(await cluster.nodeOf('web'), 'n1')
  const { status } = await cluster.client.get(Pod, { namespace: 'default', name: 'web' })
  assert.equal(podCondition(status, 'PodScheduled')?.status, 'True')
  assert.deepEqual(await cluster.events(), ['Scheduled Successfully assigned default/web to n1'])
})

test('a Pod without any node waits, and gets the first that comes', async () => {
  await using cluster = await testScheduler()
  await cluster.addPod('web')
  await cluster.settle()
  assert.equal(await cluster.whyWaiting('web'), 'no nodes available to schedule pods')
  await cluster.addNode('n1')
  await cluster.clock.advance(2000)
  assert.equal(await cluster.nodeOf('web'), 'n1')
})

test('a Pod that fits nowhere says why, in the words of Kubernetes', async () => {
  await using cluster = await testScheduler()
  await cluster.addNode('small', {
    status: { allocatable: { cpu: '2', memory: '4Gi', pods: '110' } },
  })
  await cluster.addNode('large')
  await cluster.addNode('tainted', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } })
  await cluster.addNode('cordoned', { spec: { unschedulable: true } })
  await cluster.settle()
  await cluster.addPod('other', { spec: asking({ cpu: '3' }) })
  await cluster.settle()
  await cluster.addPod('web', { spec: asking({ cpu: '3' }) })
  await cluster.settle()
  assert.match(
    await cluster.whyWaiting('web'),
    /^0\/4 nodes are available: 1 node\(s\) had untolerated taint\(s\), 1 node\(s\) were unschedulable, 2 Insufficient cpu\./,
  )
  const events = await cluster.events()
  assert.ok(events.some((each) => each.startsWith('FailedScheduling 0/4 nodes are available: ')))
  await cluster.client.delete(
    Pod,
    { namespace: 'default', name: 'other' },
    { gracePeriodSeconds: 0 },
  )
  await cluster.clock.advance(2000)
  assert.equal(await cluster.nodeOf('web'), 'large')
})

test('what Pods ask for adds up, also within one slice', async () => {
  await using cluster = await testScheduler()
  for (const name of ['n1', 'n2']) await cluster.addNode(name)
  await cluster.settle()
  await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      cluster.addPod(`p${i}`, { spec: asking({ cpu: '1500m' }) }),
    ),
  )
  await cluster.settle()
  const { items } = await cluster.client.list(Pod)
  const placed = Map.groupBy(items, ({ spec }) => spec.nodeName ?? '')
  assert.deepEqual(
    ['n1', 'n2', ''].map((name) => placed.get(name)?.length),
    [2, 2, 2],
  )
})

test('higher priority goes first', async () => {
  await using cluster = await testScheduler()
  for (let i = 0; i < 4; i += 1) {
    await cluster.addPod(`p${i}`, { spec: asking({ cpu: '4' }, { priority: i }) })
  }
  await cluster.settle()
  await cluster.addNode('n1')
  await cluster.clock.advance(3000)
  assert.equal(await cluster.nodeOf('p3'), 'n1')
})

test('a cordoned node gets Pods once it is open again', async () => {
  await using cluster = await testScheduler()
  const node = await cluster.addNode('n1', { spec: { unschedulable: true } })
  await cluster.addPod('web')
  await cluster.settle()
  assert.equal(await cluster.nodeOf('web'), '')
  await cluster.client.update(Node, { ...node, spec: {} })
  await cluster.clock.advance(2000)
  assert.equal(await cluster.nodeOf('web'), 'n1')
})

test('a gated Pod says so, and goes once its gates are gone', async () => {
  await using cluster = await testScheduler()
  await cluster.addNode('n1')
  const pod = await cluster.addPod('web', {
    spec: { schedulingGates: [{ name: 'a' }, { name: 'b' }] },
  })
  await cluster.settle()
  const { status } = await cluster.client.get(Pod, pod.metadata)
  assert.equal(podCondition(status, 'PodScheduled')?.reason, 'SchedulingGated')
  const gated = await cluster.client.get(Pod, pod.metadata)
  const { schedulingGates: _, ...spec } = gated.spec
  await cluster.client.update(Pod, { ...gated, spec })
  await cluster.settle()
  assert.equal(await cluster.nodeOf('web'), 'n1')
})

test('two Pods that want one port of the node go to two nodes, a third waits', async () => {
  await using cluster = await testScheduler()
  for (const name of ['n1', 'n2']) await cluster.addNode(name)
  await cluster.settle()
  const ports = [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]
  for (const name of ['a', 'b', 'c']) {
    await cluster.addPod(name, { spec: { containers: [{ name: 'main', image: 'i:1', ports }] } })
    await cluster.settle()
  }
  assert.deepEqual([await cluster.nodeOf('a'), await cluster.nodeOf('b')].toSorted(), ['n1', 'n2'])
  assert.match(
    await cluster.whyWaiting('c'),
    /^0\/2 nodes are available: 2 node\(s\) didn't have free ports for the requested pod ports\./,
  )
})

test('plugins of a scheduler that was stopped hear nothing more', async () => {
  const heard: string[] = []
  const Listener: PluginFactory = ({ informers }) => {
    informers.informer(Pod).subscribe({ add: ({ metadata: { name } }) => void heard.push(name) })
    return { name: 'Listener' }
  }
  const multiPoint = { enabled: [{ name: 'Listener' }] }
  const profiles = [{ schedulerName: 'default-scheduler', plugins: { multiPoint } }]
  await using cluster = await testScheduler({
    configuration: { profiles },
    plugins: { Listener },
    sharesInformers: true,
  })
  await cluster.restart()
  await cluster.addPod('web')
  await cluster.settle()
  assert.deepEqual(heard, ['web'])
})

test('APIs that are switched off are not waited for', async () => {
  await using cluster = await testScheduler({
    runtimeConfig: { 'policy/v1': false, 'storage.k8s.io/v1': false, 'resource.k8s.io/v1': false },
  })
  await cluster.addNode('a')
  await cluster.addPod('web', { spec: asking({ cpu: '3' }) })
  await cluster.settle()
  assert.equal(await cluster.nodeOf('web'), 'a')
  await cluster.addPod('high', { spec: asking({ cpu: '3' }, { priority: 10 }) })
  await cluster.settle()
  assert.match((await cluster.events()).join(), /Preempted by pod/)
})
