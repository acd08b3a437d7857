import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { StorageClass } from '../../api/storage/v1/storage-class.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { persistentVolumeBinder } from './persistentvolume-binder-controller.ts'

const setUp = () => testCluster([persistentVolumeBinder])

const volume = ({ client }: TestCluster, name: string, storage: string, spec: object = {}) =>
  client.create(PersistentVolume, {
    metadata: { name },
    spec: {
      capacity: { storage },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/data' },
      ...spec,
    },
  })

const claim = ({ client }: TestCluster, name: string, storage: string, spec: object = {}) =>
  client.create(PersistentVolumeClaim, {
    metadata: { namespace: 'default', name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage } },
      storageClassName: '',
      ...spec,
    },
  })

const phases = async ({ client }: TestCluster) => {
  const [volumes, claims] = await Promise.all([
    client.list(PersistentVolume),
    client.list(PersistentVolumeClaim),
  ])
  return Object.fromEntries([
    ...volumes.items.map(({ metadata, status }) => [metadata.name, status.phase]),
    ...claims.items.map(({ metadata, spec, status }) => [
      metadata.name,
      `${status.phase} ${spec.volumeName ?? ''}`.trim(),
    ]),
  ])
}

test('a claim gets the smallest volume that will do', async () => {
  await using cluster = await setUp()
  await volume(cluster, 'small', '1Gi')
  await volume(cluster, 'large', '10Gi')
  await volume(cluster, 'fitting', '5Gi')
  await cluster.settle()
  await claim(cluster, 'data', '2Gi')
  await cluster.settle()
  assert.deepEqual(await phases(cluster), {
    small: 'Available',
    large: 'Available',
    fitting: 'Bound',
    data: 'Bound fitting',
  })
  const key = { namespace: 'default', name: 'data' }
  const { status, metadata } = await cluster.client.get(PersistentVolumeClaim, key)
  assert.deepEqual([status.capacity, status.accessModes], [{ storage: '5Gi' }, ['ReadWriteOnce']])
  assert.deepEqual(metadata.annotations, {
    'pv.kubernetes.io/bind-completed': 'yes',
    'pv.kubernetes.io/bound-by-controller': 'yes',
  })
})

test('a claim waits for a volume, and says why', async () => {
  await using cluster = await setUp()
  await volume(cluster, 'small', '1Gi')
  await claim(cluster, 'data', '2Gi')
  await cluster.settle()
  assert.equal((await phases(cluster))['data'], 'Pending')
  assert.deepEqual(await cluster.events(), [
    'FailedBinding no persistent volumes available for this claim and no storage class is set',
  ])
  await volume(cluster, 'large', '3Gi')
  await cluster.settle()
  assert.equal((await phases(cluster))['data'], 'Bound large')
})

test('several claims never get one volume', async () => {
  await using cluster = await setUp()
  for (const name of ['a', 'b', 'c']) await claim(cluster, name, '1Gi')
  for (const name of ['v1', 'v2']) await volume(cluster, name, '1Gi')
  await cluster.settle()
  const { a, b, c } = await phases(cluster)
  assert.equal([a, b, c].filter((each) => each?.startsWith('Bound')).length, 2)
  assert.equal(new Set([a, b, c]).size, 3)
})

test('a volume that was reserved for a claim is kept for it', async () => {
  await using cluster = await setUp()
  await volume(cluster, 'reserved', '1Gi', { claimRef: { namespace: 'default', name: 'late' } })
  await claim(cluster, 'early', '1Gi')
  await cluster.settle()
  assert.equal((await phases(cluster))['early'], 'Pending')
  await claim(cluster, 'late', '1Gi')
  await cluster.settle()
  assert.equal((await phases(cluster))['late'], 'Bound reserved')
})

test('a volume is released when its claim is gone, and a claim lost when its volume is', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  for (const name of ['v1', 'v2']) await volume(cluster, name, '1Gi')
  await claim(cluster, 'a', '1Gi', { volumeName: 'v1' })
  await claim(cluster, 'b', '1Gi', { volumeName: 'v2' })
  await cluster.settle()
  await client.delete(PersistentVolumeClaim, { namespace: 'default', name: 'a' })
  await client.delete(PersistentVolume, { name: 'v2' })
  const release = { metadata: { finalizers: null } }
  const [left] = (await client.list(PersistentVolumeClaim)).items.filter(
    ({ metadata }) => metadata.name === 'a',
  )
  if (left) await client.patch(PersistentVolumeClaim, left.metadata, 'merge', release)
  const [volumeLeft] = (await client.list(PersistentVolume)).items.filter(
    ({ metadata }) => metadata.name === 'v2',
  )
  if (volumeLeft) await client.patch(PersistentVolume, { name: 'v2' }, 'merge', release)
  await cluster.settle()
  assert.deepEqual(await phases(cluster), { v1: 'Released', b: 'Lost v2' })
})

test('a claim of a class waits for its provisioner, or for the first Pod that uses it', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const storageClass = (name: string, volumeBindingMode: 'Immediate' | 'WaitForFirstConsumer') =>
    client.create(StorageClass, {
      metadata: { name },
      provisioner: 'example.com/disk',
      volumeBindingMode,
    })
  await storageClass('now', 'Immediate')
  await storageClass('later', 'WaitForFirstConsumer')
  await claim(cluster, 'a', '1Gi', { storageClassName: 'now' })
  await claim(cluster, 'b', '1Gi', { storageClassName: 'later' })
  await cluster.settle()
  const { metadata } = await client.get(PersistentVolumeClaim, { namespace: 'default', name: 'a' })
  assert.equal(
    metadata.annotations?.['volume.kubernetes.io/storage-provisioner'],
    'example.com/disk',
  )
  const events = (await cluster.events()).map((event) => event.split(' ')[0])
  assert.deepEqual(new Set(events), new Set(['ExternalProvisioning', 'WaitForFirstConsumer']))
})
