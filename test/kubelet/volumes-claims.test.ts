import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { StatefulSet } from '../../src/api/apps/v1/stateful-set.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { IMAGE } from '../containerd/test-node.node.ts'
import { nodeCluster, whyNoNodeCluster, type NodeCluster } from './node-cluster.node.ts'

const skip = await whyNoNodeCluster()

describe('claims of the built-in StorageClass', { skip }, () => {
  let t: NodeCluster
  before(async () => {
    t = await nodeCluster()
  })
  after(() => t[Symbol.asyncDispose]())

  const statefulSet = (namespace: string) => ({
    metadata: { namespace, name: 'db' },
    spec: {
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: {
        metadata: { labels: { app: 'db' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          securityContext: { runAsUser: 1000, fsGroup: 2000 },
          containers: [
            {
              name: 'main',
              image: IMAGE,
              command: ['sh', '-c', 'echo "$POD" >> /data/log; sleep 1000'],
              env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }],
              volumeMounts: [{ name: 'data', mountPath: '/data' }],
            },
          ],
        },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce' as const],
            resources: { requests: { storage: '1Gi' } },
          },
        },
      ],
    },
  })

  /** The Pod of the set, with another UID than before, once it runs. */
  const running = (namespace: string, before?: string): Promise<Pod> =>
    eventually(async () => {
      const pod = await t.client.get(Pod, { namespace, name: 'db-0' }).catch(() => undefined)
      return pod?.status.phase === 'Running' && pod.metadata.uid !== before && pod
    })

  test('a StatefulSet keeps its data over restarts, and it goes with the claim', async () => {
    const { client } = t
    const namespace = await t.namespace('stateful')
    await client.create(StatefulSet, statefulSet(namespace))
    const first = await running(namespace)
    const key = { namespace, name: 'data-db-0' }
    const claim = await client.get(PersistentVolumeClaim, key)
    assert.equal(claim.spec.storageClassName, 'local-path')
    const path = join(t.node.dataDir, 'local-path', `pvc-${claim.metadata.uid}`)
    const { gid, mode } = await stat(path)
    assert.deepEqual({ gid, mode: mode & 0o7777 }, { gid: 2000, mode: 0o2777 })

    await client.delete(Pod, first.metadata)
    const second = await running(namespace, first.metadata.uid)
    const wanted = `${first.metadata.uid}\n${second.metadata.uid}\n`
    await eventually(async () => (await readFile(join(path, 'log'), 'utf8')) === wanted)

    await assert.rejects(
      client.patch(PersistentVolumeClaim, key, 'merge', {
        spec: { resources: { requests: { storage: '2Gi' } } },
      }),
      /the storageclass that provisions the pvc must support resize/,
    )

    await client.delete(StatefulSet, { namespace, name: 'db' })
    await client.delete(PersistentVolumeClaim, key)
    await eventually(async () => (await client.list(PersistentVolume)).items.length === 0)
    assert.deepEqual(await readdir(join(t.node.dataDir, 'local-path')), [])
  })

  test('a generic ephemeral volume lives as long as its Pod', async () => {
    const { client } = t
    const namespace = await t.namespace('ephemeral')
    const pod = await t.run(namespace, {
      metadata: { name: 'p' },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'main',
            image: IMAGE,
            command: ['sh', '-c', 'echo kept > /data/file; cat /data/file'],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
        volumes: [
          {
            name: 'data',
            ephemeral: {
              volumeClaimTemplate: {
                spec: {
                  accessModes: ['ReadWriteOnce'],
                  resources: { requests: { storage: '1Mi' } },
                },
              },
            },
          },
        ],
      },
    })
    assert.equal(await t.log(pod), 'kept\n')
    await client.delete(Pod, pod.metadata)
    await eventually(async () => (await client.list(PersistentVolume)).items.length === 0)
  })
  test('a volume of another node is not made here', async () => {
    const { client } = t
    const namespace = await t.namespace('elsewhere')
    const storageClassName = 'none'
    const spec = { accessModes: ['ReadWriteOnce' as const], storageClassName }
    const name = 'pvc-0b3f6a5e-1111-4222-8333-444455556666'
    const path = join(t.node.dataDir, 'local-path', name)
    const terms = [
      {
        matchExpressions: [
          { key: 'kubernetes.io/hostname', operator: 'In' as const, values: ['other'] },
        ],
      },
    ]
    await client.create(PersistentVolume, {
      metadata: { name },
      spec: {
        ...spec,
        capacity: { storage: '1Gi' },
        local: { path },
        nodeAffinity: { required: { nodeSelectorTerms: terms } },
      },
    })
    await client.create(PersistentVolumeClaim, {
      metadata: { namespace, name: 'data' },
      spec: { ...spec, volumeName: name, resources: { requests: { storage: '1Gi' } } },
    })
    await eventually(async () => {
      const claim = await client.get(PersistentVolumeClaim, { namespace, name: 'data' })
      return claim.status.phase === 'Bound'
    })
    const pod = await t.run(namespace, {
      metadata: { name: 'p' },
      spec: {
        nodeName: t.nodeName, // Nobody else has looked at the volume.
        containers: [
          { name: 'main', image: IMAGE, volumeMounts: [{ name: 'data', mountPath: '/data' }] },
        ],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    })
    const { message } = await t.untilTold(pod, 'FailedMount')
    assert.equal(
      message,
      `MountVolume.NodeAffinity check failed for volume "${name}" : no matching NodeSelectorTerms`,
    )
    await assert.rejects(stat(path))
    await client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0 })
  })
})
