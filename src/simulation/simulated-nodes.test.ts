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
import { createClient } from '../client/create-client.ts'
import { createInformers } from '../client/shared-informers.ts'
import { testApiServer } from '../apiserver/testing.ts'
import { nodeNames, startSimulatedNodes } from './simulated-nodes.ts'

test('startSimulatedNodes() registers nodes, keeps their leases, and runs and removes their Pods', async () => {
  const clock = systemClock
  const random = seededRandom(1)
  const logger = silentLogger
  await using api = await testApiServer({ clock })
  const client = createClient(api.transport)
  await using informers = createInformers({ client, clock, random, logger })
  for (const name of ['default', 'kube-node-lease'])
    await client.create(Namespace, { metadata: { name } }).catch(() => undefined)
  await using _nodes = await startSimulatedNodes({
    client,
    informers,
    clock,
    random,
    logger,
    names: nodeNames(3),
  })
  informers.start()

  const { items: nodes } = await client.list(Node)
  assert.deepEqual(
    nodes.map(({ metadata }) => metadata.name),
    ['node-1', 'node-2', 'node-3'],
  )
  await eventually(async () => (await client.list(Lease)).items.length === 3)

  const key = { namespace: 'default', name: 'web' }
  await client.create(Pod, {
    metadata: key,
    spec: { nodeName: 'node-2', containers: [{ name: 'c', image: 'i' }] },
  })
  await eventually(async () => (await client.get(Pod, key)).status.phase === 'Running')
  await client.delete(Pod, key)
  await eventually(() => client.get(Pod, key).then(() => false, isNotFound))
})
