import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Node } from '../../api/core/v1/node.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { nodeIpamController } from './node-ipam-controller.ts'
import { nodeRanges } from './ranges.ts'

test('nodeRanges() cuts a range and knows its parts', () => {
  const ranges = nodeRanges('10.244.0.0/16', 24)
  assert.deepEqual(
    [ranges.size, ranges.at(0), ranges.at(255)],
    [256, '10.244.0.0/24', '10.244.255.0/24'],
  )
  assert.deepEqual(
    ['10.244.7.0/24', '10.245.0.0/24', '10.244.7.0/25', 'x'].map((range) => ranges.indexOf(range)),
    [7, undefined, undefined, undefined],
  )
  assert.throws(() => nodeRanges('10.0.0.0/25', 24), /holds no range of \/24/)
})

test('nodeIpamController() gives each node a range of its own, and what a node leaves to the next', async () => {
  await using cluster = await testCluster([nodeIpamController({ clusterCIDR: '10.0.0.0/23' })])
  const { client } = cluster
  const rangesOf = async () => (await client.list(Node)).items.map(({ spec }) => spec.podCIDR)
  for (const name of ['a', 'b', 'c']) await client.create(Node, { metadata: { name } })
  await cluster.settle()
  assert.deepEqual(new Set(await rangesOf()), new Set(['10.0.0.0/24', '10.0.1.0/24', undefined]))

  const [served] = (await client.list(Node)).items.filter(
    ({ spec }) => spec.podCIDR === '10.0.0.0/24',
  )
  await client.delete(Node, { name: served!.metadata.name })
  await cluster.settle()
  assert.deepEqual(new Set(await rangesOf()), new Set(['10.0.0.0/24', '10.0.1.0/24']))
})
