import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ControllerRevision } from '../../api/apps/v1/controller-revision.ts'
import { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { podsOf, podTemplate, setAllPodsReady } from '../testing.ts'
import { statefulSetController } from './statefulset-controller.ts'

const volumeClaimTemplates = [
  {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
]
const db = { namespace: 'default', name: 'db' }
const statefulSet = (replicas: number, more: object = {}) => ({
  metadata: { ...db },
  spec: {
    replicas,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: podTemplate('db'),
    ...more,
  },
})
const names = (objects: readonly { metadata: { name: string } }[]) =>
  objects.map(({ metadata }) => metadata.name)

test('a StatefulSet starts its Pods in order, with claims, and stops them in reverse', async () => {
  await using cluster = await testCluster([statefulSetController])
  const { client } = cluster
  await client.create(StatefulSet, statefulSet(3, { volumeClaimTemplates }))
  await cluster.settle()
  assert.deepEqual(names(await podsOf(cluster)), ['db-0'])
  for (let i = 0; i < 3; i += 1) await setAllPodsReady(cluster)
  assert.deepEqual(names(await podsOf(cluster)), ['db-0', 'db-1', 'db-2'])
  const claims = names((await client.list(PersistentVolumeClaim)).items)
  assert.deepEqual(
    claims.toSorted((a, b) => (a < b ? -1 : 1)),
    ['data-db-0', 'data-db-1', 'data-db-2'],
  )
  const { currentRevision, updateRevision, ...counts } = (await client.get(StatefulSet, db)).status
  assert.equal(currentRevision, updateRevision)
  assert.deepEqual(counts, {
    availableReplicas: 3,
    collisionCount: 0,
    currentReplicas: 3,
    observedGeneration: 1,
    readyReplicas: 3,
    replicas: 3,
    updatedReplicas: 3,
  })
  await client.patch(StatefulSet, db, 'merge', { spec: { replicas: 1 } })
  await cluster.settle()
  assert.deepEqual(names(await podsOf(cluster)), ['db-0'])
  assert.equal((await client.list(PersistentVolumeClaim)).items.length, 3)
  assert.ok(
    (await cluster.events()).includes(
      'SuccessfulDelete delete Pod db-2 in StatefulSet db successful',
    ),
  )
})

test('a StatefulSet is updated from the highest ordinal down', async () => {
  await using cluster = await testCluster([statefulSetController])
  const { client } = cluster
  await client.create(StatefulSet, statefulSet(2))
  for (let i = 0; i < 3; i += 1) {
    await cluster.settle()
    await setAllPodsReady(cluster)
  }
  const template = podTemplate('db', 'image:2')
  await client.patch(StatefulSet, db, 'merge', { spec: { template } })
  await cluster.settle()
  const images = async () => (await podsOf(cluster)).map(({ spec }) => spec.containers[0]!.image)
  assert.deepEqual(await images(), ['image:1', 'image:2'])
  for (let i = 0; i < 3; i += 1) await setAllPodsReady(cluster)
  assert.deepEqual(await images(), ['image:2', 'image:2'])
  const { status } = await client.get(StatefulSet, db)
  assert.deepEqual([status.currentRevision, status.updatedReplicas], [status.updateRevision, 2])
})

test('old revisions are kept as far as the history goes, and one whose template comes back is the newest', async () => {
  await using cluster = await testCluster([statefulSetController])
  const { client } = cluster
  await client.create(StatefulSet, statefulSet(1, { revisionHistoryLimit: 2 }))
  const rollOut = async (image: string): Promise<void> => {
    const spec = { template: podTemplate('db', image) }
    await client.patch(StatefulSet, db, 'merge', { spec })
    for (let i = 0; i < 3; i += 1) await setAllPodsReady(cluster)
  }
  const revisions = async () => {
    const { items } = await client.list(ControllerRevision)
    return items.map(({ revision }) => revision).toSorted((a, b) => a - b)
  }
  for (const version of [1, 2, 3, 4]) await rollOut(`image:${version}`)
  assert.deepEqual(await revisions(), [2, 3, 4])
  await rollOut('image:3')
  assert.deepEqual(await revisions(), [2, 4, 5])
  const { status } = await client.get(StatefulSet, db)
  const current = await client.get(ControllerRevision, {
    namespace: 'default',
    name: status.currentRevision ?? '',
  })
  assert.equal(current.revision, 5)
})

test('a Pod that is deleted comes back under its name', async () => {
  await using cluster = await testCluster([statefulSetController])
  const { client } = cluster
  await client.create(StatefulSet, statefulSet(1))
  await cluster.settle()
  const [before] = await podsOf(cluster)
  await client.delete(Pod, before!.metadata)
  await cluster.settle()
  const [after] = await podsOf(cluster)
  assert.equal(after!.metadata.name, 'db-0')
  assert.notEqual(after!.metadata.uid, before!.metadata.uid)
})

test('claims go with their Pod or their set as the policy says, also when that changes', async () => {
  await using cluster = await testCluster([statefulSetController])
  const { client } = cluster
  const policy = (whenDeleted: string, whenScaled: string) => ({
    persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled },
  })
  const parallel = { podManagementPolicy: 'Parallel' }
  await client.create(StatefulSet, statefulSet(2, { volumeClaimTemplates, ...parallel }))
  for (let i = 0; i < 2; i += 1) await setAllPodsReady(cluster)
  const owners = async () => {
    await cluster.settle()
    return (await client.list(PersistentVolumeClaim)).items.map(({ metadata }) =>
      (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind} ${name}`).join(),
    )
  }
  assert.deepEqual(await owners(), ['', ''])
  await client.patch(StatefulSet, db, 'merge', { spec: policy('Delete', 'Retain') })
  assert.deepEqual(await owners(), ['StatefulSet db', 'StatefulSet db'])
  await client.patch(StatefulSet, db, 'merge', { spec: policy('Retain', 'Retain') })
  assert.deepEqual(await owners(), ['', ''])
  const scaled = { replicas: 1, ...policy('Delete', 'Delete') }
  await client.patch(StatefulSet, db, 'merge', { spec: scaled })
  assert.deepEqual(await owners(), ['StatefulSet db', 'Pod db-1'])
})

test('a Pod waits until the claim is gone that goes with its predecessor', async () => {
  await using cluster = await testCluster([statefulSetController])
  const { client } = cluster
  const claim = { namespace: 'default', name: 'data-db-1' }
  const spec = {
    volumeClaimTemplates,
    podManagementPolicy: 'Parallel',
    persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' },
  }
  await client.create(StatefulSet, statefulSet(2, spec))
  for (let i = 0; i < 2; i += 1) await setAllPodsReady(cluster)
  await client.patch(StatefulSet, db, 'merge', { spec: { replicas: 1 } })
  await cluster.settle()
  await client.patch(StatefulSet, db, 'merge', { spec: { replicas: 2 } })
  await cluster.settle()
  assert.deepEqual(names(await podsOf(cluster)), ['db-0'])
  const { metadata } = await client.get(PersistentVolumeClaim, claim)
  await client.delete(PersistentVolumeClaim, claim)
  await cluster.settle()
  assert.deepEqual(names(await podsOf(cluster)), ['db-0', 'db-1'])
  const after = await client.get(PersistentVolumeClaim, claim)
  assert.notEqual(after.metadata.uid, metadata.uid)
})

test('a claim that somebody else manages is left to them, and that is told', async () => {
  await using cluster = await testCluster([statefulSetController])
  const { client } = cluster
  await client.create(StatefulSet, statefulSet(1, { volumeClaimTemplates }))
  await setAllPodsReady(cluster)
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete' }
  const spec = { persistentVolumeClaimRetentionPolicy }
  await client.patch(StatefulSet, db, 'merge', { spec })
  await cluster.settle()
  const [claim] = (await client.list(PersistentVolumeClaim)).items
  const { ownerReferences = [] } = claim!.metadata
  const other = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u', controller: true }
  const owners = [...ownerReferences.map((each) => ({ ...each, controller: false })), other]
  const metadata = { ...claim!.metadata, ownerReferences: owners }
  await client.update(PersistentVolumeClaim, { ...claim!, metadata })
  await setAllPodsReady(cluster)
  await client.patch(StatefulSet, db, 'merge', { spec: { minReadySeconds: 1 } })
  await cluster.settle()
  const after = await client.get(PersistentVolumeClaim, claim!.metadata)
  assert.deepEqual(after.metadata.ownerReferences, [other])
  assert.ok((await cluster.events()).some((event) => event.startsWith('ConflictingController')))
})
