import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Node } from '../../src/api/core/v1/node.ts'
import { Lease } from '../../src/api/coordination/v1/lease.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { isConditionTrue } from '../../src/api/meta/v1/conditions.ts'
import { Cluster } from '../../src/cluster/cluster.node.ts'

test('a crowd of nodes renews its leases half as often, is ready all the while, and each has a range of its own', async () => {
  await using cluster = await Cluster.start({ nodes: 1001, clock: 'virtual' })
  await cluster.clock.advance('40s')
  const renewed = async (): Promise<ReadonlyMap<string, string>> => {
    const { items } = await cluster.client.list(Lease, { namespace: 'kube-node-lease' })
    return new Map(items.map(({ metadata, spec }) => [metadata.name, spec.renewTime ?? '']))
  }
  const before = await renewed()
  assert.equal(before.size, 1001)
  await cluster.clock.advance('12s')
  const after = await renewed()
  const count = [...after].filter(([name, time]) => before.get(name) !== time).length
  assert.ok(count > 400 && count < 800, `${count}`)

  const { items } = await cluster.client.list(Node)
  assert.equal(
    items.filter(({ status }) => isConditionTrue(status.conditions, 'Ready')).length,
    1001,
  )
  assert.equal(new Set(items.map(({ spec }) => spec.podCIDR)).size, 1001)
  assert.ok(items.every(({ spec }) => spec.podCIDR !== undefined && !spec.taints))
})

test('Pods that are made at once have addresses of the ranges that their nodes are given', async () => {
  await using cluster = await Cluster.start({ nodes: 300, clock: 'virtual' })
  const { client } = cluster
  const pods = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      client.create(Pod, {
        metadata: { namespace: 'default', name: `web-${i}` },
        spec: { containers: [{ name: 'main', image: 'example' }] },
      }),
    ),
  )
  await cluster.eventually(async () => {
    const { items } = await client.list(Pod)
    assert.equal(items.filter(({ status }) => status.podIP).length, pods.length)
  })
  const { items: nodes } = await client.list(Node)
  const rangeOf = new Map(nodes.map(({ metadata, spec }) => [metadata.name, spec.podCIDR]))
  for (const { spec, status } of (await client.list(Pod)).items)
    assert.equal(status.podIP?.replace(/\.\d+$/, '.0/24'), rangeOf.get(spec.nodeName ?? ''))
})
