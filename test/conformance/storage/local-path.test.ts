import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatefulSet } from '../../../src/api/apps/v1/stateful-set.ts'
import { PersistentVolumeClaim } from '../../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../../src/api/core/v1/persistent-volume.ts'
import { Cluster } from '../../../src/cluster/cluster.node.ts'

test('claims of a StatefulSet are bound on simulated nodes, and volumes go with them', async () => {
  await using cluster = await Cluster.start({ nodes: 2, clock: 'virtual' })
  const { client } = cluster
  const key = { namespace: 'default', name: 'db' }
  const labels = { app: 'db' }
  await client.create(StatefulSet, {
    metadata: key,
    spec: {
      serviceName: 'db',
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            { name: 'main', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
    },
  })
  await cluster.eventually(async () => {
    const { status } = await client.get(StatefulSet, key)
    return status.readyReplicas === 3
  })
  const { items: claims } = await client.list(PersistentVolumeClaim)
  assert.deepEqual(
    claims.map(({ metadata, status }) => `${metadata.name} ${status.phase}`),
    ['data-db-0 Bound', 'data-db-1 Bound', 'data-db-2 Bound'],
  )
  await client.delete(StatefulSet, key)
  for (const { metadata } of claims) await client.delete(PersistentVolumeClaim, metadata)
  await cluster.eventually(async () => (await client.list(PersistentVolume)).items.length === 0)
})
