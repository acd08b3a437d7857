import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Node } from '../../api/core/v1/node.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import {
  LOCAL_PATH_DIRECTORY,
  removalKey,
  removalText,
  type Removal,
} from '../../api/storage/v1/local-path.ts'
import { StorageClass } from '../../api/storage/v1/storage-class.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { persistentVolumeBinder } from '../persistentvolume-binder/persistentvolume-binder-controller.ts'
import { volumeProtectionController } from '../storage-protection/storage-protection-controllers.ts'
import { localPathProvisionerController } from './local-path-provisioner-controller.ts'

const KEY = { namespace: 'default', name: 'data' }
const NODE = { name: 'n1' }

const setUp = () =>
  testCluster([persistentVolumeBinder, volumeProtectionController, localPathProvisionerController])

const addNode = ({ client }: TestCluster, annotations: Readonly<Record<string, string>> = {}) =>
  client.create(Node, {
    metadata: { ...NODE, labels: { 'kubernetes.io/hostname': 'host-1' }, annotations },
  })

/** A claim for which the scheduler has chosen the node. */
async function claim(cluster: TestCluster, spec: object = {}): Promise<void> {
  await cluster.client.create(PersistentVolumeClaim, {
    metadata: { ...KEY, annotations: { 'volume.kubernetes.io/selected-node': 'n1' } },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'local-path',
      ...spec,
    },
  })
  await cluster.settle()
}

async function removeClaim(cluster: TestCluster): Promise<void> {
  const { client } = cluster
  await client.delete(PersistentVolumeClaim, KEY)
  // Nobody protects it here.
  await client
    .patch(PersistentVolumeClaim, KEY, 'merge', { metadata: { finalizers: null } })
    .catch(() => undefined)
  await cluster.settle()
}

/** Answers for the agent of the node. */
async function answer(cluster: TestCluster, volume: string, removal: Removal): Promise<void> {
  const annotations = { [removalKey(volume)]: removalText(removal) }
  await cluster.client.patch(Node, NODE, 'merge', { metadata: { annotations } })
  await cluster.settle()
}

const volumes = async ({ client }: TestCluster): Promise<readonly PersistentVolume[]> =>
  (await client.list(PersistentVolume)).items

test('the StorageClass is the default one, unless there is one, and stays deleted', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const { metadata, ...rest } = await client.get(StorageClass, { name: 'local-path' })
  assert.deepEqual(metadata.annotations, { 'storageclass.kubernetes.io/is-default-class': 'true' })
  assert.equal(rest.volumeBindingMode, 'WaitForFirstConsumer')
  assert.equal(rest.allowVolumeExpansion, undefined)
  await client.delete(StorageClass, { name: 'local-path' })
  await cluster.settle()
  assert.deepEqual((await client.list(StorageClass)).items, [])
})

test('a volume is made on the node that was chosen, and bound', async () => {
  await using cluster = await setUp()
  await addNode(cluster, { [LOCAL_PATH_DIRECTORY]: '/data/local' })
  await claim(cluster)
  const { status, metadata } = await cluster.client.get(PersistentVolumeClaim, KEY)
  assert.equal(status.phase, 'Bound')
  const [volume] = await volumes(cluster)
  assert.equal(volume?.metadata.name, `pvc-${metadata.uid}`)
  assert.equal(volume.spec.local?.path, `/data/local/pvc-${metadata.uid}`)
  assert.equal(volume.spec.persistentVolumeReclaimPolicy, 'Delete')
  assert.deepEqual(volume.spec.nodeAffinity?.required?.nodeSelectorTerms, [
    {
      matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['host-1'] }],
    },
  ])
})

test('the node removes a directory before the volume goes', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await addNode(cluster, { [LOCAL_PATH_DIRECTORY]: '/data/local' })
  await claim(cluster)
  const [{ metadata } = { metadata: { name: '' } }] = await volumes(cluster)
  const asked = async () =>
    (await client.get(Node, NODE)).metadata.annotations?.[removalKey(metadata.name)]
  await removeClaim(cluster)
  assert.equal(await asked(), 'requested')
  assert.equal((await volumes(cluster))[0]?.status.phase, 'Released')

  await answer(cluster, metadata.name, { failure: 'busy' })
  assert.ok((await cluster.events()).includes('VolumeFailedDelete busy'))
  assert.equal((await volumes(cluster)).length, 1)

  await answer(cluster, metadata.name, 'removed')
  assert.deepEqual(await volumes(cluster), [])
  assert.equal(await asked(), undefined)
})

test('a volume that is deleted while it is bound goes with its claim', async () => {
  await using cluster = await setUp()
  await addNode(cluster, { [LOCAL_PATH_DIRECTORY]: '/data/local' })
  await claim(cluster)
  const [volume] = await volumes(cluster)
  await cluster.client.delete(PersistentVolume, volume!.metadata)
  await cluster.settle()
  assert.equal((await volumes(cluster)).length, 1)
  await removeClaim(cluster)
  await answer(cluster, volume!.metadata.name, 'removed')
  assert.deepEqual(await volumes(cluster), [])
})

test('a volume to be retained stays, and can then be deleted', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await addNode(cluster, { [LOCAL_PATH_DIRECTORY]: '/data/local' })
  await claim(cluster)
  const [volume] = await volumes(cluster)
  const spec = { persistentVolumeReclaimPolicy: 'Retain' }
  await client.patch(PersistentVolume, volume!.metadata, 'merge', { spec })
  await removeClaim(cluster)
  assert.equal((await volumes(cluster))[0]?.status.phase, 'Released')
  const { annotations } = (await client.get(Node, NODE)).metadata
  assert.deepEqual(Object.keys(annotations ?? {}), [LOCAL_PATH_DIRECTORY])
  await client.delete(PersistentVolume, volume!.metadata)
  await cluster.settle()
  assert.deepEqual(await volumes(cluster), [])
})

test('on a node without an agent volumes are only bound', async () => {
  await using cluster = await setUp()
  await addNode(cluster)
  await claim(cluster)
  assert.equal((await volumes(cluster))[0]?.status.phase, 'Bound')
  await removeClaim(cluster)
  assert.deepEqual(await volumes(cluster), [])
})

test('what the class cannot give is refused', async () => {
  for (const [spec, why] of [
    [{ volumeMode: 'Block' }, 'block volume provisioning is not supported'],
    [
      { accessModes: ['ReadWriteMany'] },
      'access mode ReadWriteMany is not supported: the volume is on one node',
    ],
    [{ selector: { matchLabels: { a: 'b' } } }, 'claim Selector is not supported'],
    [
      { dataSource: { kind: 'PersistentVolumeClaim', name: 'other' } },
      'volumes are not made from a PersistentVolumeClaim',
    ],
  ] as const) {
    await using cluster = await setUp()
    await addNode(cluster)
    await claim(cluster, spec)
    assert.deepEqual(await volumes(cluster), [])
    // Others tell of the claim in the same millisecond.
    assert.deepEqual(
      (await cluster.events()).filter((each) => each.startsWith('ProvisioningFailed')),
      [`ProvisioningFailed failed to provision volume with StorageClass "local-path": ${why}`],
    )
  }
})

test('a claim that somebody else fills is left to them', async () => {
  await using cluster = await setUp()
  await addNode(cluster)
  await claim(cluster, { dataSourceRef: { apiGroup: 'example.com', kind: 'Book', name: 'one' } })
  assert.deepEqual(await volumes(cluster), [])
  const told = await cluster.events()
  assert.ok(!told.some((each) => each.startsWith('ProvisioningFailed')))
})

test('a node that is gone is given up', async () => {
  await using cluster = await setUp()
  await claim(cluster)
  const { metadata } = await cluster.client.get(PersistentVolumeClaim, KEY)
  assert.equal(metadata.annotations?.['volume.kubernetes.io/selected-node'], undefined)
})
