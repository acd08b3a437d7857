import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Node } from '../../api/core/v1/node.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { nodeIpamController } from './node-ipam-controller.ts'
import { nodeRanges } from './ranges.ts'

test('nodeRanges() cuts ranges of both families', () => {
  const partsOf = (cidr: string) => {
    const ranges = nodeRanges(cidr)
    return [ranges.size, ranges.at(0), ranges.at(ranges.size - 1)]
  }
  assert.deepEqual(partsOf('10.244.0.0/16'), [256, '10.244.0.0/24', '10.244.255.0/24'])
  assert.deepEqual(partsOf('10.244.7.1/23'), [2, '10.244.6.0/24', '10.244.7.0/24'])
  assert.deepEqual(partsOf('fd00:10::/56'), [256, 'fd00:10::/64', 'fd00:10:0:ff::/64'])
  assert.throws(() => nodeRanges('10.0.0.0/25'), /holds no range of \/24/)
  assert.throws(() => nodeRanges('x'), /it is no range/)
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

test('nodeIpamController() gives a range of each family, or none', async () => {
  await using cluster = await testCluster([
    nodeIpamController({ clusterCIDR: '10.0.0.0/16,fd00::/63' }),
  ])
  const { client } = cluster
  for (const name of ['a', 'b', 'c']) await client.create(Node, { metadata: { name } })
  await cluster.settle()
  const given = (await client.list(Node)).items.flatMap(({ spec }) => spec.podCIDRs ?? [])
  assert.deepEqual(given.toSorted(), ['10.0.0.0/24', '10.0.1.0/24', 'fd00:0:0:1::/64', 'fd00::/64'])
})
