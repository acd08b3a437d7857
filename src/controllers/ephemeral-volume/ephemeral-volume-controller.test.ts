import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { podTemplate } from '../testing.ts'
import { ephemeralVolumeController } from './ephemeral-volume-controller.ts'

const claimSpec = {
  accessModes: ['ReadWriteOnce' as const],
  resources: { requests: { storage: '1Gi' } },
}
const claimKey = { namespace: 'default', name: 'p-scratch' }

function pod() {
  const ephemeral = { volumeClaimTemplate: { metadata: { labels: { a: 'b' } }, spec: claimSpec } }
  return {
    metadata: { namespace: 'default', name: 'p' },
    spec: { ...podTemplate('p').spec, volumes: [{ name: 'scratch', ephemeral }] },
  }
}

test('an ephemeral volume gets a claim of its own, and again when that is deleted', async () => {
  await using cluster = await testCluster([ephemeralVolumeController])
  const { client } = cluster
  const owner = await client.create(Pod, pod())
  await cluster.settle()
  const first = await client.get(PersistentVolumeClaim, claimKey)
  assert.equal(controllerOf(first)?.uid, owner.metadata.uid)
  assert.deepEqual(first.metadata.labels, { a: 'b' })
  await client.delete(PersistentVolumeClaim, claimKey)
  await client
    .patch(PersistentVolumeClaim, claimKey, 'merge', { metadata: { finalizers: null } })
    .catch(() => undefined)
  await cluster.settle()
  assert.notEqual(
    (await client.get(PersistentVolumeClaim, claimKey)).metadata.uid,
    first.metadata.uid,
  )
})

test('a claim that somebody else made is not taken', async () => {
  await using cluster = await testCluster([ephemeralVolumeController])
  const { client } = cluster
  await client.create(PersistentVolumeClaim, { metadata: claimKey, spec: claimSpec })
  await client.create(Pod, pod())
  await cluster.settle()
  const message =
    'ephemeral volume scratch: PVC default/p-scratch was not created for pod default/p (pod is not owner)'
  assert.ok((await cluster.events()).includes(`FailedBinding ${message}`))
})
