import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { ReplicationController } from '../../api/core/v1/replication-controller.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { podsOf, podTemplate, setAllPodsReady } from '../testing.ts'
import { replicaSetController, replicationController } from './replica-controller.ts'

const replicaSet = (replicas: number, more: object = {}) => ({
  metadata: { namespace: 'default', name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: podTemplate('web'),
    ...more,
  },
})

const web = { namespace: 'default', name: 'web' }

test('a ReplicaSet gets its Pods, and reports on them', async () => {
  await using cluster = await testCluster([replicaSetController])
  const { client } = cluster
  const owner = await client.create(ReplicaSet, replicaSet(3))
  await cluster.settle()
  const pods = await podsOf(cluster)
  assert.equal(pods.length, 3)
  for (const pod of pods) {
    assert.match(pod.metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    assert.deepEqual(controllerOf(pod), {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'web',
      uid: owner.metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    })
  }
  await setAllPodsReady(cluster)
  const { status } = await client.get(ReplicaSet, web)
  assert.deepEqual(status, {
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
    observedGeneration: 1,
  })
  const events = await cluster.events()
  assert.deepEqual(
    events.toSorted(),
    pods.map(({ metadata }) => `SuccessfulCreate Created pod: ${metadata.name}`).toSorted(),
  )
})

test('a ReplicaSet replaces a Pod that is deleted, and follows its scale', async () => {
  await using cluster = await testCluster([replicaSetController])
  const { client } = cluster
  await client.create(ReplicaSet, replicaSet(2))
  await cluster.settle()
  await client.delete(Pod, (await podsOf(cluster))[0]!.metadata)
  await cluster.settle()
  assert.equal((await podsOf(cluster)).length, 2)
  const owner = await client.get(ReplicaSet, web)
  await client.update(ReplicaSet, { ...owner, spec: { ...owner.spec, replicas: 30 } })
  await cluster.settle()
  assert.equal((await podsOf(cluster)).length, 30)
  const scaled = await client.get(ReplicaSet, web)
  await client.update(ReplicaSet, { ...scaled, spec: { ...scaled.spec, replicas: 0 } })
  await cluster.settle()
  assert.equal((await podsOf(cluster)).length, 0)
  assert.equal((await client.get(ReplicaSet, web)).status.replicas, 0)
})

test('a ReplicaSet adopts a Pod that matches, and releases one that does not any more', async () => {
  await using cluster = await testCluster([replicaSetController])
  const { client } = cluster
  const { metadata, spec } = podTemplate('web')
  await client.create(Pod, {
    metadata: { ...metadata, namespace: 'default', name: 'orphan' },
    spec,
  })
  await client.create(ReplicaSet, replicaSet(1))
  await cluster.settle()
  const [orphan, ...others] = await podsOf(cluster)
  assert.deepEqual(others, [])
  assert.equal(controllerOf(orphan!)?.name, 'web')
  await client.update(Pod, { ...orphan!, metadata: { ...orphan!.metadata, labels: { app: 'db' } } })
  await cluster.settle()
  const pods = await podsOf(cluster)
  assert.deepEqual(
    pods.map((pod) => [pod.metadata.labels?.['app'], controllerOf(pod)?.name]),
    [
      ['db', undefined],
      ['web', 'web'],
    ],
  )
})

test('a Pod counts as available once it has been ready for minReadySeconds', async () => {
  await using cluster = await testCluster([replicaSetController])
  const { client, clock } = cluster
  await client.create(ReplicaSet, replicaSet(1, { minReadySeconds: 30 }))
  await cluster.settle()
  await setAllPodsReady(cluster)
  const available = async () => (await client.get(ReplicaSet, web)).status.availableReplicas
  assert.equal(await available(), undefined)
  await clock.advance(31_000)
  assert.equal(await available(), 1)
})

test('a ReplicationController works in the same way', async () => {
  await using cluster = await testCluster([replicationController])
  const { client } = cluster
  await client.create(ReplicationController, {
    metadata: { namespace: 'default', name: 'web' },
    spec: { replicas: 2, selector: { app: 'web' }, template: podTemplate('web') },
  })
  await cluster.settle()
  assert.equal((await podsOf(cluster)).length, 2)
  assert.equal((await client.get(ReplicationController, web)).status.replicas, 2)
})
