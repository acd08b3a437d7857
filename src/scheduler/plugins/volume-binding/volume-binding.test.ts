import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../../api/core/v1/persistent-volume.ts'
import { CSIDriver } from '../../../api/storage/v1/csi-driver.ts'
import { CSIStorageCapacity } from '../../../api/storage/v1/csi-storage-capacity.ts'
import { StorageClass } from '../../../api/storage/v1/storage-class.ts'
import type { Client } from '../../../client/client.ts'
import { testScheduler } from '../../testing.ts'

const HOST = 'kubernetes.io/hostname'

async function createClass(client: Client, provisioner: string, more: object = {}): Promise<void> {
  await client.create(StorageClass, {
    metadata: { name: 'local' },
    provisioner,
    volumeBindingMode: 'WaitForFirstConsumer',
    ...more,
  })
}

async function createClaim(client: Client, name: string, more: object = {}): Promise<void> {
  await client.create(PersistentVolumeClaim, {
    metadata: { namespace: 'default', name },
    spec: {
      storageClassName: 'local',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      ...more,
    },
  })
}

/** A volume that only one node reaches. */
async function createVolume(client: Client, name: string, node: string): Promise<void> {
  const created = await client.create(PersistentVolume, {
    metadata: { name },
    spec: {
      storageClassName: 'local',
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      local: { path: '/data' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: HOST, operator: 'In', values: [node] }] },
          ],
        },
      },
    },
  })
  await client.updateStatus(PersistentVolume, { ...created, status: { phase: 'Available' } })
}

const using = (...claims: readonly string[]): object => ({
  spec: {
    volumes: claims.map((claimName) => ({
      name: claimName,
      persistentVolumeClaim: { claimName },
    })),
  },
})

const node = (name: string) => [name, { metadata: { labels: { [HOST]: name } } }] as const

/** Stands in for the volume controller: completes what the scheduler asked for. */
async function completeBinding(client: Client, claim: string, volumeName: string): Promise<void> {
  const found = await client.get(PersistentVolumeClaim, { namespace: 'default', name: claim })
  const annotations = {
    ...found.metadata.annotations,
    'pv.kubernetes.io/bind-completed': 'yes',
  }
  await client.update(PersistentVolumeClaim, {
    ...found,
    metadata: { ...found.metadata, annotations },
    spec: { ...found.spec, volumeName },
  })
}

test('a Pod goes to the node whose volume is free, and the volume is reserved before it is bound', async () => {
  await using cluster = await testScheduler()
  const { client } = cluster
  await createClass(client, 'kubernetes.io/no-provisioner')
  for (const name of ['n1', 'n2']) await cluster.addNode(...node(name))
  await createVolume(client, 'v2', 'n2')
  await createClaim(client, 'data')
  await cluster.addPod('web', using('data'))
  await cluster.settle()
  assert.equal(await cluster.nodeOf('web'), '')
  const { spec } = await client.get(PersistentVolume, { name: 'v2' })
  assert.equal(spec.claimRef?.name, 'data')
  await completeBinding(client, 'data', 'v2')
  await cluster.settle()
  assert.equal(await cluster.nodeOf('web'), 'n2')
})

test('two Pods do not get one volume, and the second waits until there is another', async () => {
  await using cluster = await testScheduler()
  const { client, clock } = cluster
  await createClass(client, 'kubernetes.io/no-provisioner')
  await cluster.addNode(...node('n1'))
  await createVolume(client, 'v1', 'n1')
  for (const name of ['a', 'b']) await createClaim(client, name)
  await cluster.addPod('a', using('a'))
  await cluster.settle()
  await cluster.addPod('b', using('b'))
  await cluster.settle()
  assert.match(
    await cluster.whyWaiting('b'),
    /1 node\(s\) didn't find available persistent volumes to bind/,
  )
  await createVolume(client, 'v2', 'n1')
  await clock.advance(15_000)
  assert.equal((await client.get(PersistentVolume, { name: 'v2' })).spec.claimRef?.name, 'b')
})

test('a volume is made for the node that was chosen, where its driver has the space', async () => {
  await using cluster = await testScheduler()
  const { client } = cluster
  await createClass(client, 'csi.example.com')
  await client.create(CSIDriver, {
    metadata: { name: 'csi.example.com' },
    spec: { storageCapacity: true },
  })
  for (const [name, capacity] of [
    ['n1', '1Mi'],
    ['n2', '5Gi'],
  ] as const) {
    await cluster.addNode(...node(name))
    await client.create(CSIStorageCapacity, {
      metadata: { namespace: 'default', name },
      storageClassName: 'local',
      nodeTopology: { matchLabels: { [HOST]: name } },
      capacity,
    })
  }
  await createClaim(client, 'data')
  await cluster.settle()
  await cluster.addPod('web', using('data'))
  await cluster.settle()
  const claim = await client.get(PersistentVolumeClaim, { namespace: 'default', name: 'data' })
  assert.equal(claim.metadata.annotations?.['volume.kubernetes.io/selected-node'], 'n2')
  await createVolume(client, 'made', 'n2')
  await completeBinding(client, 'data', 'made')
  await cluster.settle()
  assert.equal(await cluster.nodeOf('web'), 'n2')
})

test('a provisioner that gives a node up has the Pod scheduled again', async () => {
  await using cluster = await testScheduler()
  const { client } = cluster
  await createClass(client, 'csi.example.com')
  await cluster.addNode(...node('n1'))
  await createClaim(client, 'data')
  await cluster.addPod('web', using('data'))
  await cluster.settle()
  await client.patch(PersistentVolumeClaim, { namespace: 'default', name: 'data' }, 'merge', {
    metadata: { annotations: { 'volume.kubernetes.io/selected-node': null } },
  })
  await cluster.settle()
  assert.match(
    (await cluster.events()).join('\n'),
    /FailedScheduling binding volumes: provisioning failed for PVC "data"/,
  )
})

test('a Pod waits for claims that are missing, unbound, or bound to where no node is', async () => {
  await using cluster = await testScheduler()
  const { client } = cluster
  await createClass(client, 'csi.example.com', { volumeBindingMode: 'Immediate' })
  await cluster.addNode(...node('n1'))
  await cluster.addPod('a', using('missing'))
  await createClaim(client, 'unbound')
  await createClaim(client, 'far')
  await createVolume(client, 'v2', 'n2')
  await completeBinding(client, 'far', 'v2')
  await cluster.settle()
  await cluster.addPod('b', using('unbound'))
  await cluster.addPod('c', using('far'))
  await cluster.settle()
  assert.match(await cluster.whyWaiting('a'), /persistentvolumeclaim "missing" not found/)
  assert.match(await cluster.whyWaiting('b'), /pod has unbound immediate PersistentVolumeClaims/)
  assert.match(
    await cluster.whyWaiting('c'),
    /1 node\(s\) didn't match PersistentVolume's node affinity/,
  )
})
