import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Node } from '../../api/core/v1/node.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { ttlController } from './ttl-controller.ts'
import { ttlSecondsOf, ttlStep } from './ttl-plan.ts'

test('ttlStep() climbs at the upper end and falls only at the lower', () => {
  const walk = [100, 101, 91, 90, 89, 2500, 1800, 1799, 20_000, 0]
  let step = 0
  const seconds = walk.map((nodes) => ttlSecondsOf((step = ttlStep(step, nodes))))
  assert.deepEqual(seconds, [0, 15, 15, 15, 0, 300, 300, 60, 600, 0])
})

test('the nodes of a small cluster keep nothing', async () => {
  await using cluster = await testCluster([ttlController()])
  await cluster.client.create(Node, { metadata: { name: 'n', annotations: { a: 'b' } } })
  await cluster.settle()
  const { metadata } = await cluster.client.get(Node, { name: 'n' })
  assert.deepEqual(metadata.annotations, { a: 'b', 'node.alpha.kubernetes.io/ttl': '0' })
})
