import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { podCondition } from '../api/core/v1/pod-conditions.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { Service } from '../api/core/v1/service.ts'
import { asking, testScheduler, type TestScheduler } from './testing.ts'

const ZONE = 'topology.kubernetes.io/zone'
const app = { labels: { app: 'web' } }
const selector = { matchLabels: { app: 'web' } }

async function addZones(cluster: TestScheduler, ...zones: readonly string[]): Promise<void> {
  for (const [i, zone] of zones.entries()) {
    await cluster.addNode(`n${i}`, {
      metadata: { labels: { [ZONE]: zone, 'kubernetes.io/hostname': `n${i}` } },
    })
  }
  await cluster.settle()
}

test('topology spread keeps zones within the skew, and says so where it cannot', async () => {
  await using cluster = await testScheduler()
  await addZones(cluster, 'a', 'a', 'b')
  const spread = {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: ZONE,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: selector,
      },
    ],
  }
  const zones: string[] = []
  for (let i = 0; i < 4; i += 1) {
    await cluster.addPod(`p${i}`, { metadata: app, spec: asking({}, spread) })
    await cluster.settle()
    zones.push((await cluster.nodeOf(`p${i}`)) === 'n2' ? 'b' : 'a')
  }
  assert.deepEqual(zones.toSorted(), ['a', 'a', 'b', 'b'])
  const bIsFull = { nodeSelector: { [ZONE]: 'a' } }
  const away = {
    topologySpreadConstraints: [
      { ...spread.topologySpreadConstraints[0], nodeAffinityPolicy: 'Ignore' },
    ],
  }
  for (const name of ['q0', 'q1']) {
    await cluster.addPod(name, { metadata: app, spec: asking({}, { ...bIsFull, ...away }) })
    await cluster.settle()
  }
  assert.match(
    await cluster.whyWaiting('q1'),
    /^0\/3 nodes are available: 1 node\(s\) didn't match Pod's node affinity\/selector, 2 node\(s\) didn't match pod topology spread constraints\. no new claims to deallocate, preemption: 0\/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod\.$/,
  )
})

test('anti-affinity keeps Pods apart, affinity brings them together', async () => {
  await using cluster = await testScheduler()
  await addZones(cluster, 'a', 'b')
  const term = { topologyKey: ZONE, labelSelector: selector }
  const apart = {
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
  }
  const near = {
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
  }
  await cluster.addPod('near', { spec: asking({}, near) })
  await cluster.settle()
  assert.match(await cluster.whyWaiting('near'), /2 node\(s\) didn't match pod affinity rules\./)
  for (const name of ['p0', 'p1', 'p2']) {
    await cluster.addPod(name, { metadata: app, spec: asking({}, apart) })
    await cluster.settle()
  }
  assert.notEqual(await cluster.nodeOf('p0'), await cluster.nodeOf('p1'))
  assert.match(await cluster.whyWaiting('p2'), /2 node\(s\) didn't match pod anti-affinity rules\./)
  await cluster.clock.advance(2000)
  assert.notEqual(await cluster.nodeOf('near'), '')
  await cluster.addPod('plain', { metadata: app })
  await cluster.settle()
  assert.match(
    await cluster.whyWaiting('plain'),
    /2 node\(s\) didn't satisfy existing pods anti-affinity rules\./,
  )
})

test('a Pod of higher priority pushes out the least important that suffice', async () => {
  await using cluster = await testScheduler()
  await addZones(cluster, 'a')
  for (const [name, priority] of [
    ['low', 1],
    ['lower', 0],
  ] as const) {
    await cluster.addPod(name, {
      spec: asking({ cpu: '2' }, { priority, terminationGracePeriodSeconds: 0 }),
    })
  }
  await cluster.settle()
  await cluster.addPod('high', { spec: asking({ cpu: '1' }, { priority: 10 }) })
  await cluster.settle()
  await assert.rejects(cluster.nodeOf('lower'), /not found/)
  assert.equal(await cluster.nodeOf('low'), 'n0')
  await cluster.clock.advance(2000)
  assert.equal(await cluster.nodeOf('high'), 'n0')
  const events = await cluster.events()
  assert.ok(events.some((each) => /^Preempted Preempted by pod [-0-9a-f]+ on node n0$/.test(each)))
})

test('a victim learns why it must go, and the node is kept while it ends', async () => {
  await using cluster = await testScheduler()
  await addZones(cluster, 'a')
  await cluster.addPod('low', { spec: asking({ cpu: '4' }) })
  await cluster.settle()
  await cluster.addPod('high', { spec: asking({ cpu: '4' }, { priority: 10 }) })
  await cluster.settle()
  const victim = await cluster.client.get(Pod, { namespace: 'default', name: 'low' })
  assert.equal(podCondition(victim.status, 'DisruptionTarget')?.reason, 'PreemptionByScheduler')
  const high = await cluster.client.get(Pod, { namespace: 'default', name: 'high' })
  assert.equal(high.status.nominatedNodeName, 'n0')
  await cluster.client.delete(Pod, victim.metadata, { gracePeriodSeconds: 0 })
  await cluster.addPod('other', { spec: asking({ cpu: '4' }) })
  await cluster.clock.advance(2000)
  assert.equal(await cluster.nodeOf('high'), 'n0')
  assert.equal(await cluster.nodeOf('other'), '')
})

test('a Pod that may not preempt says so', async () => {
  await using cluster = await testScheduler()
  await addZones(cluster, 'a')
  await cluster.addPod('low', { spec: asking({ cpu: '4' }) })
  await cluster.settle()
  await cluster.addPod('high', {
    spec: asking({ cpu: '4' }, { priority: 10, preemptionPolicy: 'Never' }),
  })
  await cluster.settle()
  assert.equal(
    await cluster.whyWaiting('high'),
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
  )
})

test('Pods of one Service spread over the nodes, though nobody asked for it', async () => {
  await using cluster = await testScheduler()
  await addZones(cluster, 'a', 'a', 'a')
  await cluster.client.create(Service, {
    metadata: { namespace: 'default', name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  })
  await cluster.settle()
  for (let i = 0; i < 3; i += 1) await cluster.addPod(`p${i}`, { metadata: app })
  await cluster.settle()
  const nodes = await Promise.all([0, 1, 2].map((i) => cluster.nodeOf(`p${i}`)))
  assert.deepEqual(nodes.toSorted(), ['n0', 'n1', 'n2'])
})
