import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { systemClock } from '../base/clock.node.ts'
import { eventually } from '../base/async-eventually.node.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import { isNotFound } from '../apimachinery/status-predicates.ts'
import { Lease } from '../api/coordination/v1/lease.ts'
import { Namespace } from '../api/core/v1/namespace.ts'
import { Node } from '../api/core/v1/node.ts'
import { Pod } from '../api/core/v1/pod.ts'
import type { Client, ObjectKey } from '../client/client.ts'
import { createClient } from '../client/create-client.ts'
import { createInformers } from '../client/shared-informers.ts'
import { testApiServer } from '../apiserver/testing.ts'
import { nodeNames, startSimulatedNodes } from './simulated-nodes.ts'

const clock = systemClock
const random = seededRandom(1)
const logger = silentLogger

/** An API server to which simulated nodes may come. */
async function testApi() {
  const api = await testApiServer({ clock })
  const client = createClient(api.transport)
  for (const name of ['default', 'kube-node-lease'])
    await client.create(Namespace, { metadata: { name } }).catch(() => undefined)
  return { client, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() }
}

/** Simulated nodes, with informers of their own. */
async function testNodes(client: Client, names: readonly string[], more: object = {}) {
  await using stack = new AsyncDisposableStack()
  const informers = stack.use(createInformers({ client, clock, random, logger }))
  const nodes = stack.use(
    await startSimulatedNodes({ client, informers, clock, random, logger, names, ...more }),
  )
  informers.start()
  const end = stack.move()
  return { nodes, [Symbol.asyncDispose]: () => end.disposeAsync() }
}

async function createPod(client: Client, name: string, nodeName: string): Promise<ObjectKey> {
  const key = { namespace: 'default', name }
  await client.create(Pod, {
    metadata: key,
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
  })
  return key
}

/** The address of a Pod, once it runs. */
async function addressOf(client: Client, key: ObjectKey): Promise<string | undefined> {
  await eventually(async () => (await client.get(Pod, key)).status.phase === 'Running')
  return (await client.get(Pod, key)).status.podIP
}

test('startSimulatedNodes() registers nodes, keeps their leases, and runs and removes their Pods', async () => {
  await using api = await testApi()
  const { client } = api
  await using _ = await testNodes(client, nodeNames(3))

  const { items: nodes } = await client.list(Node)
  assert.deepEqual(
    nodes.map(({ metadata }) => metadata.name),
    ['node-1', 'node-2', 'node-3'],
  )
  await eventually(async () => (await client.list(Lease)).items.length === 3)

  const key = await createPod(client, 'web', 'node-2')
  await eventually(async () => (await client.get(Pod, key)).status.phase === 'Running')
  await client.delete(Pod, key)
  await eventually(() => client.get(Pod, key).then(() => false, isNotFound))
})

test('a simulated node that was stopped gives no Pod the address of another', async () => {
  await using api = await testApi()
  const { client } = api
  await using running = await testNodes(client, ['node-1'])
  const first = await addressOf(client, await createPod(client, 'a', 'node-1'))
  assert.equal(first, '10.128.0.2')
  running.nodes.stop('node-1')
  await running.nodes.add('node-1')
  const second = await addressOf(client, await createPod(client, 'b', 'node-1'))
  assert.equal(second, '10.128.0.3')
})

test('a simulated node that is given another podCIDR gives no Pod the address of another', async () => {
  await using api = await testApi()
  const { client } = api
  await using _ = await testNodes(client, ['node-1'])
  assert.equal(await addressOf(client, await createPod(client, 'a', 'node-1')), '10.128.0.2')
  await client.patch(Node, { name: 'node-1' }, 'merge', { spec: { podCIDR: '10.128.0.0/25' } })
  const second = await addressOf(client, await createPod(client, 'b', 'node-1'))
  assert.equal(second, '10.128.0.3')
})

test('a simulated node that is to be given a podCIDR begins no Pod before', async () => {
  await using api = await testApi()
  const { client } = api
  await using _ = await testNodes(client, ['node-1'], { givesRanges: true })
  const key = await createPod(client, 'a', 'node-1')
  const spec = { podCIDR: '10.192.7.0/24' }
  await client.patch(Node, { name: 'node-1' }, 'merge', { spec })
  assert.equal(await addressOf(client, key), '10.192.7.2')
})

test('simulated nodes that are started again give no Pod the address of another', async () => {
  await using api = await testApi()
  const { client } = api
  {
    await using _ = await testNodes(client, ['node-1'])
    assert.equal(await addressOf(client, await createPod(client, 'b', 'node-1')), '10.128.0.2')
  }
  const key = await createPod(client, 'a', 'node-1')
  await using _ = await testNodes(client, ['node-1'])
  assert.equal(await addressOf(client, key), '10.128.0.3')
})
