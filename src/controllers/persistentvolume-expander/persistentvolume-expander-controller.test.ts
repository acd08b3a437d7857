import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { StorageClass } from '../../api/storage/v1/storage-class.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { persistentVolumeBinder } from '../persistentvolume-binder/persistentvolume-binder-controller.ts'
import { persistentVolumeExpander } from './persistentvolume-expander-controller.ts'

test('a claim that has grown is told whom it waits for', async () => {
  await using cluster = await testCluster([persistentVolumeBinder, persistentVolumeExpander])
  const { client } = cluster
  const key = { namespace: 'default', name: 'data' }
  await client.create(StorageClass, {
    metadata: { name: 'disks' },
    provisioner: 'disk.example.com',
    allowVolumeExpansion: true,
  })
  await client.create(PersistentVolume, {
    metadata: { name: 'pv' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'disks',
      csi: { driver: 'disk.example.com', volumeHandle: 'handle-1' },
    },
  })
  await cluster.settle()
  await client.create(PersistentVolumeClaim, {
    metadata: key,
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'disks',
    },
  })
  await cluster.settle()
  assert.equal((await client.get(PersistentVolumeClaim, key)).status.phase, 'Bound')
  const told = async () =>
    (await cluster.events()).filter((each) => each.startsWith('ExternalExpanding'))
  assert.deepEqual(await told(), [])
  const spec = { resources: { requests: { storage: '2Gi' } } }
  await client.patch(PersistentVolumeClaim, key, 'merge', { spec })
  await cluster.settle()
  assert.deepEqual(await told(), [
    "ExternalExpanding Ignoring the PVC: didn't find a plugin capable of expanding the volume; waiting for an external controller to process this PVC.",
  ])
})
