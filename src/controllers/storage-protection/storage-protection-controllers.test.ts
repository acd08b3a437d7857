import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { VolumeAttributesClass } from '../../api/storage/v1/volume-attributes-class.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { podTemplate } from '../testing.ts'
import { attributesClassProtectionController } from './attributes-class-protection.ts'
import {
  claimProtectionController,
  volumeProtectionController,
} from './storage-protection-controllers.ts'

const data = { namespace: 'default', name: 'data' }

test('a claim that is deleted stays while a Pod uses it', async () => {
  await using cluster = await testCluster([claimProtectionController])
  const { client } = cluster
  await client.create(PersistentVolumeClaim, {
    metadata: data,
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  })
  const { spec } = podTemplate('web')
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
  const pod = await client.create(Pod, {
    metadata: { namespace: 'default', name: 'p' },
    spec: { ...spec, volumes, nodeName: 'n1' },
  })
  await cluster.settle()
  const claims = async () => (await client.list(PersistentVolumeClaim)).items
  assert.deepEqual((await claims())[0]?.metadata.finalizers, ['kubernetes.io/pvc-protection'])
  await client.delete(PersistentVolumeClaim, data)
  await cluster.settle()
  assert.equal((await claims()).length, 1)
  await client.updateStatus(Pod, { ...pod, status: { ...pod.status, phase: 'Succeeded' } })
  await cluster.settle()
  assert.equal((await claims()).length, 0)
})

test('a volume that is deleted stays while a claim is bound to it', async () => {
  await using cluster = await testCluster([volumeProtectionController])
  const { client } = cluster
  const volume = await client.create(PersistentVolume, {
    metadata: { name: 'v' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/data' },
    },
  })
  await client.updateStatus(PersistentVolume, {
    ...volume,
    status: { ...volume.status, phase: 'Bound' },
  })
  await cluster.settle()
  await client.delete(PersistentVolume, { name: 'v' })
  await cluster.settle()
  const [bound] = (await client.list(PersistentVolume)).items
  await client.updateStatus(PersistentVolume, {
    ...bound!,
    status: { ...bound!.status, phase: 'Released' },
  })
  await cluster.settle()
  assert.deepEqual((await client.list(PersistentVolume)).items, [])
})

test('a VolumeAttributesClass that is deleted stays while a claim names it', async () => {
  await using cluster = await testCluster([attributesClassProtectionController])
  const { client } = cluster
  await client.create(VolumeAttributesClass, {
    metadata: { name: 'gold' },
    driverName: 'd.io',
    parameters: { iops: '1' },
  })
  await client.create(PersistentVolumeClaim, {
    metadata: data,
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      volumeAttributesClassName: 'gold',
    },
  })
  await cluster.settle()
  const classes = async () => (await client.list(VolumeAttributesClass)).items
  assert.deepEqual((await classes())[0]?.metadata.finalizers, ['kubernetes.io/vac-protection'])
  await client.delete(VolumeAttributesClass, { name: 'gold' })
  await cluster.settle()
  assert.equal((await classes()).length, 1)
  await client.delete(PersistentVolumeClaim, data)
  await cluster.settle()
  assert.deepEqual(await classes(), [])
})
