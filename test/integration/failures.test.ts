import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import type { Client } from '../../src/client/client.ts'

const JANE = { name: 'jane', groups: ['system:masters'] }
const POD = { namespace: 'default', name: 'web' }
const SPEC = { containers: [{ name: 'main', image: 'example' }] }

function start(options: { readonly nodes?: number; readonly seed?: number } = {}) {
  return Cluster.start({ nodes: 0, clock: 'virtual', ...options })
}

function create(client: Client, name: string): Promise<ConfigMap> {
  return client.create(ConfigMap, { metadata: { namespace: 'default', name } })
}

async function nodeOf({ client }: Cluster): Promise<string | undefined> {
  return (await client.get(Pod, POD)).spec.nodeName
}

async function exists({ client }: Cluster, name: string): Promise<boolean> {
  const { items } = await client.list(ConfigMap, { namespace: 'default' })
  return items.some(({ metadata }) => metadata.name === name)
}

test('fail.calls() has those calls fail that it selects, and no others, until it is disposed', async () => {
  await using cluster = await start()
  const jane = cluster.clientFor(JANE)
  {
    using _off = cluster.fail.calls({ user: 'jane', verb: 'create', error: new Error('full') })
    await assert.rejects(create(jane, 'a'), /full/)
    await jane.list(ConfigMap)
    await create(cluster.client, 'b')
  }
  await create(jane, 'a')
})

test('fail.calls(): a lost request does nothing, and what a lost answer told of is done', async () => {
  await using cluster = await start()
  const jane = cluster.clientFor(JANE)
  for (const error of ['request lost', 'answer lost'] as const) {
    using _off = cluster.fail.calls({ user: 'jane', error })
    await assert.rejects(create(jane, error.replace(' ', '-')))
  }
  assert.equal(await exists(cluster, 'request-lost'), false)
  assert.equal(await exists(cluster, 'answer-lost'), true)
})

test('fail.calls() makes calls slow, by the clock of the cluster', async () => {
  await using cluster = await start()
  using _off = cluster.fail.calls({ user: 'jane', delayMs: 5000 })
  const startMs = cluster.clock.now()
  const created = create(cluster.clientFor(JANE), 'slow')
  await cluster.clock.advance('4s')
  assert.equal(await exists(cluster, 'slow'), false)
  await cluster.clock.advance('1s')
  const { metadata } = await created
  assert.equal(Date.parse(metadata.creationTimestamp), startMs + 5000)
})

test('fail.calls() strikes a share of the calls, the same ones for each run of a seed', async () => {
  const struck = async (): Promise<readonly number[]> => {
    await using cluster = await start({ seed: 3 })
    const jane = cluster.clientFor(JANE)
    using _off = cluster.fail.calls({ user: 'jane', share: 0.5, error: 'request lost' })
    const failed: number[] = []
    for (let i = 0; i < 100; i++) await jane.list(ConfigMap).catch(() => failed.push(i))
    return failed
  }
  const first = await struck()
  assert.ok(first.length > 20 && first.length < 80, `${first.length} of 100`)
  assert.deepEqual(await struck(), first)
})

test('fail.partition() of the scheduler leaves Pods without a node until it ends', async () => {
  await using cluster = await start({ nodes: 1 })
  {
    using _off = cluster.fail.partition('kube-scheduler')
    await cluster.client.create(Pod, { metadata: POD, spec: SPEC })
    await cluster.clock.advance('10m')
    assert.equal(await nodeOf(cluster), undefined)
  }
  await cluster.eventually(async () => (await nodeOf(cluster)) === 'node-1', { within: '5m' })
})

test('fail.partition() of the kubelets has their nodes become unknown, and come back', async () => {
  await using cluster = await start({ nodes: 2 })
  const ready = async () => {
    const { items } = await cluster.client.list(Node)
    return items.map(
      ({ status }) => status.conditions?.find(({ type }) => type === 'Ready')?.status,
    )
  }
  {
    using _off = cluster.fail.partition('kubelet')
    await cluster.clock.advance('2m')
    assert.deepEqual(await ready(), ['Unknown', 'Unknown'])
  }
  await cluster.clock.advance('2m')
  assert.deepEqual(await ready(), ['True', 'True'])
})

test("fail.partition() of the API server cuts off everybody but the cluster's own client", async () => {
  await using cluster = await start()
  const jane = cluster.clientFor(JANE)
  {
    using _off = cluster.fail.partition('kube-apiserver')
    await assert.rejects(create(jane, 'a'), /lost/)
    await create(cluster.client, 'b')
  }
  await create(jane, 'a')
})

test('fail.dropWatches() ends watches, and who follows objects goes on', async () => {
  await using cluster = await start({ nodes: 1 })
  const events = cluster.clientFor(JANE).watch(ConfigMap, { namespace: 'default' })
  const next = events[Symbol.asyncIterator]()
  await create(cluster.client, 'seen')
  while ((await next.next()).value?.object.metadata.name !== 'seen') continue
  assert.ok(cluster.fail.dropWatches() > 10)
  await assert.rejects(async () => {
    while (!(await next.next()).done) continue
    throw new Error('it has ended')
  })
  await cluster.client.create(Pod, { metadata: POD, spec: SPEC })
  await cluster.eventually(async () => (await nodeOf(cluster)) === 'node-1', { within: '5m' })
})

test('fail.freezeWatches() has a component act on what it knew', async () => {
  await using cluster = await start({ nodes: 1 })
  {
    using _off = cluster.fail.freezeWatches('kube-scheduler')
    await cluster.client.create(Pod, { metadata: POD, spec: SPEC })
    await cluster.clock.advance('1m')
    assert.equal(await nodeOf(cluster), undefined)
  }
  await cluster.eventually(async () => (await nodeOf(cluster)) === 'node-1')
})
