import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Namespace } from '../../api/core/v1/namespace.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { Event } from '../../api/events/v1/event.ts'
import { ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import { microTimestamp } from '../../base/clock.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { garbageCollector } from './garbage-collector.ts'

const setUp = () => testCluster([garbageCollector({ builtIn: [Namespace, ConfigMap, Secret] })])

async function create(
  { client }: TestCluster,
  name: string,
  owners: readonly ConfigMap[] = [],
  { block = true, finalizers = [] as readonly string[] } = {},
): Promise<ConfigMap> {
  return client.create(ConfigMap, {
    metadata: {
      namespace: 'default',
      name,
      finalizers,
      ownerReferences: owners.map((owner) => ({
        ...ownerReferenceTo(owner),
        ...(block && { blockOwnerDeletion: true }),
      })),
    },
  })
}

const names = async ({ client }: TestCluster) =>
  (await client.list(ConfigMap, { namespace: 'default' })).items
    .map(({ metadata }) => metadata.name)
    .toSorted((a, b) => (a < b ? -1 : 1))

const release = ({ client }: TestCluster, { metadata }: ConfigMap) =>
  client.patch(ConfigMap, metadata, 'merge', { metadata: { finalizers: null } })

test('a deletion in the background takes all dependents with it', async () => {
  await using cluster = await setUp()
  const owner = await create(cluster, 'owner')
  const child = await create(cluster, 'child', [owner])
  await create(cluster, 'grandchild', [child])
  await create(cluster, 'other')
  await cluster.settle()
  await cluster.client.delete(ConfigMap, owner.metadata, { propagationPolicy: 'Background' })
  await cluster.settle()
  assert.deepEqual(await names(cluster), ['other'])
})

test('a deletion in the foreground waits for the dependents that hold it up', async () => {
  await using cluster = await setUp()
  const owner = await create(cluster, 'owner')
  const slow = await create(cluster, 'slow', [owner], { finalizers: ['example.com/slow'] })
  await create(cluster, 'quick', [owner])
  await cluster.settle()
  await cluster.client.delete(ConfigMap, owner.metadata, { propagationPolicy: 'Foreground' })
  await cluster.settle()
  assert.deepEqual(await names(cluster), ['owner', 'slow'])
  await release(cluster, slow)
  await cluster.settle()
  assert.deepEqual(await names(cluster), [])
})

test('a deletion that orphans leaves the dependents, without their owner', async () => {
  await using cluster = await setUp()
  const owner = await create(cluster, 'owner')
  await create(cluster, 'child', [owner])
  await cluster.settle()
  await cluster.client.delete(ConfigMap, owner.metadata, { propagationPolicy: 'Orphan' })
  await cluster.settle()
  assert.deepEqual(await names(cluster), ['child'])
  const child = await cluster.client.get(ConfigMap, { namespace: 'default', name: 'child' })
  assert.equal(child.metadata.ownerReferences, undefined)
})

test('a dependent with another owner stays, and forgets the one that is gone', async () => {
  await using cluster = await setUp()
  const [a, b] = [await create(cluster, 'a'), await create(cluster, 'b')]
  await create(cluster, 'child', [a, b])
  await cluster.settle()
  await cluster.client.delete(ConfigMap, a.metadata)
  await cluster.settle()
  const child = await cluster.client.get(ConfigMap, { namespace: 'default', name: 'child' })
  assert.deepEqual(
    child.metadata.ownerReferences?.map(({ name }) => name),
    ['b'],
  )
})

test('an object whose owner never was, or has another uid, is deleted', async () => {
  await using cluster = await setUp()
  const owner = await create(cluster, 'owner')
  const impostor = { ...owner, metadata: { ...owner.metadata, uid: 'another' } }
  await create(cluster, 'child', [impostor])
  await create(cluster, 'kept', [owner])
  await cluster.settle()
  assert.deepEqual(await names(cluster), ['kept', 'owner'])
})

test('an object of a namespace may be owned by one of the cluster', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const owner = await client.get(Namespace, { name: 'kube-public' })
  await create(cluster, 'child', [owner as unknown as ConfigMap])
  await cluster.settle()
  assert.deepEqual(await names(cluster), ['child'])
})

test('an object is deleted whose owner is in another namespace, and that is told', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const owner = await create(cluster, 'owner')
  await create(cluster, 'child', [owner])
  const { uid } = owner.metadata
  await client.create(Namespace, { metadata: { name: 'other' } })
  await client.create(ConfigMap, {
    metadata: { namespace: 'other', name: 'stray', ownerReferences: [ownerReferenceTo(owner)] },
  })
  await cluster.settle()
  assert.deepEqual((await client.list(ConfigMap, { namespace: 'other' })).items, [])
  assert.deepEqual(await names(cluster), ['child', 'owner'])
  const reference = `[v1/ConfigMap, namespace: other, name: owner, uid: ${uid}]`
  assert.deepEqual(await cluster.events(), [
    `OwnerRefInvalidNamespace ownerRef ${reference} does not exist in namespace "other"`,
  ])
})

test('an object of the cluster whose owner is in a namespace stays, and that is told', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const owner = await create(cluster, 'owner')
  const ownerReferences = [ownerReferenceTo(owner)]
  await client.create(Namespace, { metadata: { name: 'stray', ownerReferences } })
  await cluster.settle()
  await client.get(Namespace, { name: 'stray' })
  assert.equal((await cluster.events()).length, 1)
})

test('an owner of a kind that is not followed is asked for, and the kind is still not followed', async () => {
  const calls: string[] = []
  const builtIn = [Namespace, ConfigMap, Secret, Event]
  await using cluster = await testCluster([garbageCollector({ builtIn })], {
    through: (transport) => ({
      ...transport,
      call(request, options) {
        if (request.resource === 'events') calls.push(`${request.verb} ${request.name}`)
        return transport.call(request, options)
      },
    }),
  })
  const { client, clock } = cluster
  const key = { namespace: 'default', name: 'e' }
  const owner = await client.create(Event, {
    metadata: key,
    regarding: { namespace: 'default' },
    eventTime: microTimestamp(clock),
    type: 'Normal',
    reason: 'Tested',
    action: 'Test',
    reportingController: 'example.com/test',
    reportingInstance: 'test',
  })
  await create(cluster, 'child', [owner as unknown as ConfigMap])
  await clock.advance(60_000)
  assert.deepEqual(calls, ['get e'])
  assert.deepEqual(await names(cluster), ['child'])
  await client.delete(Event, key)
  await clock.advance(3_600_000)
  assert.deepEqual(await names(cluster), [])
})

test('objects that own each other go together', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const a = await create(cluster, 'a')
  const b = await create(cluster, 'b', [a])
  const ownerReferences = [{ ...ownerReferenceTo(b), blockOwnerDeletion: true }]
  await client.patch(ConfigMap, a.metadata, 'merge', { metadata: { ownerReferences } })
  await cluster.settle()
  await client.delete(ConfigMap, a.metadata, { propagationPolicy: 'Foreground' })
  await cluster.settle()
  assert.deepEqual(await names(cluster), [])
})
