import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import type { ObjectKey } from '../../src/client/client.ts'
import { once } from '../conformance/node/node-suite.node.ts'
import { whyNoNodeCluster } from '../kubelet/node-cluster.node.ts'
import type { TestCsiDriver } from './csi-driver.node.ts'
import { csiSuite, MOUNTED } from './csi-suite.node.ts'
import { CSI_CONTROLLER } from './controller-messages.ts'
import { startSnapshotter } from './snapshotter.node.ts'
import {
  defineSnapshots,
  made,
  SNAPSHOTS,
  VOLUME_SNAPSHOT,
  VOLUME_SNAPSHOT_CLASS,
  VOLUME_SNAPSHOT_CONTENT,
  type VolumeSnapshot,
  type VolumeSnapshotClass,
  type VolumeSnapshotContent,
} from './snapshot-kinds.ts'

const skip = await whyNoNodeCluster()

describe('where new volumes get their data from', { skip, concurrency: 3 }, () => {
  const suite = csiSuite()
  const stack = new AsyncDisposableStack()
  before(async () => {
    const { client, transport, node } = suite()
    await defineSnapshots(client)
    // Definitions take a moment until they are served.
    await eventually(() => client.list(VOLUME_SNAPSHOT).catch(() => false as const))
    await eventually(() => client.list(VOLUME_SNAPSHOT_CONTENT).catch(() => false as const))
    await eventually(() => client.list(VOLUME_SNAPSHOT_CLASS).catch(() => false as const))
    stack.use(startSnapshotter(transport, node.dataDir))
  })
  after(() => stack.disposeAsync())

  /** What a Pod with a claim says that runs a script. */
  const output = async (namespace: string, claimName: string, script: string): Promise<string> => {
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName } }]
    const pod = await suite().run(namespace, once(claimName, script, MOUNTED, { volumes }))
    const said = await suite().log(pod)
    await suite().remove(pod)
    return said
  }
  const writtenClaim = async (namespace: string, driver: TestCsiDriver): Promise<void> => {
    await suite().claim(namespace, driver.name)
    await output(namespace, 'data', 'echo first > /v/f')
  }
  const about = { attachRequired: false }
  /** A class of a driver's snapshots, which is taken where none is named. */
  const classOf = async ({ name: driver }: TestCsiDriver, name: string): Promise<void> => {
    const annotations = { 'snapshot.storage.kubernetes.io/is-default-class': 'true' }
    const metadata = { name, annotations }
    const object = made<VolumeSnapshotClass>({ metadata, driver, deletionPolicy: 'Delete' })
    await suite().client.create(VOLUME_SNAPSHOT_CLASS, object)
  }
  const ready = (snapshot: ObjectKey): Promise<NonNullable<VolumeSnapshot['status']>> =>
    eventually(async () => {
      const { status } = await suite().client.get(VOLUME_SNAPSHOT, snapshot)
      return status?.readyToUse && status
    })

  test('a snapshot shows what was there when it was taken', async () => {
    const { client } = suite()
    const namespace = await suite().namespace('csi-snapshot')
    await using d = await suite().driver('snapshot', about)
    await writtenClaim(namespace, d)
    await classOf(d, 'snapshot')
    const dataSource = { apiGroup: SNAPSHOTS, kind: 'VolumeSnapshot', name: 'snap' }
    // A claim may be there before its source is.
    const restored = await suite().claim(namespace, d.name, { dataSource }, 'restored')
    assert.deepEqual(restored.spec.dataSourceRef, dataSource)
    const metadata = { namespace, name: 'snap' }
    const spec = { source: { persistentVolumeClaimName: 'data' } }
    await client.create(VOLUME_SNAPSHOT, made<VolumeSnapshot>({ metadata, spec }))
    const { restoreSize, creationTime } = await ready(metadata)
    assert.deepEqual(
      { restoreSize, creationTime },
      { restoreSize: String(1024 ** 3), creationTime: '2023-11-14T22:13:20Z' },
    )
    await output(namespace, 'data', 'echo second > /v/f')
    assert.equal(await output(namespace, 'restored', 'cat /v/f'), 'first\n')
    assert.equal(await output(namespace, 'data', 'cat /v/f'), 'second\n')
    // A restored volume lives on without its snapshot.
    await client.delete(VOLUME_SNAPSHOT, metadata)
    await eventually(async () => {
      const { items } = await client.list(VOLUME_SNAPSHOT_CONTENT)
      return items.every(({ spec: of }) => of.driver !== d.name)
    })
    assert.equal(d.requests(CSI_CONTROLLER.deleteSnapshot).length, 1)
    assert.equal(await output(namespace, 'restored', 'cat /v/f'), 'first\n')
  })

  test('a snapshot that was there before the cluster is restored, and is not taken away with its object', async () => {
    const { client } = suite()
    const namespace = await suite().namespace('csi-found')
    await using d = await suite().driver('found', about)
    await mkdir(d.backing('old'), { recursive: true })
    await writeFile(join(d.backing('old'), 'f'), 'from before\n')
    const metadata = { namespace, name: 'old' }
    const content = (name: string) =>
      made<VolumeSnapshotContent>({
        metadata: { name },
        spec: {
          deletionPolicy: 'Retain',
          driver: d.name,
          source: { snapshotHandle: 'old' },
          volumeSnapshotRef: { kind: 'VolumeSnapshot', ...metadata, uid: '' },
        },
      })
    await client.create(VOLUME_SNAPSHOT_CONTENT, content('found'))
    const source = { volumeSnapshotContentName: 'found' }
    await client.create(VOLUME_SNAPSHOT, made<VolumeSnapshot>({ metadata, spec: { source } }))
    await ready(metadata)
    assert.equal(d.requests(CSI_CONTROLLER.createSnapshot).length, 0)
    const dataSource = { apiGroup: SNAPSHOTS, kind: 'VolumeSnapshot', name: 'old' }
    await suite().claim(namespace, d.name, { dataSource }, 'restored')
    assert.equal(await output(namespace, 'restored', 'cat /v/f'), 'from before\n')
    // The definitions keep what a snapshot is of as it is.
    const other = { spec: { source: { volumeSnapshotContentName: 'other' } } }
    await assert.rejects(
      client.patch(VOLUME_SNAPSHOT, metadata, 'merge', other),
      /volumeSnapshotContentName is immutable/,
    )
    await client.delete(VOLUME_SNAPSHOT, metadata)
    await eventually(
      async () => (await client.list(VOLUME_SNAPSHOT, { namespace })).items.length === 0,
    )
    assert.equal(d.requests(CSI_CONTROLLER.deleteSnapshot).length, 0)
    await client.delete(VOLUME_SNAPSHOT_CONTENT, { name: 'found' })
  })

  test('a claim may be a copy of another one', async () => {
    const namespace = await suite().namespace('csi-clone')
    await using d = await suite().driver('clone', about)
    await writtenClaim(namespace, d)
    const dataSource = { kind: 'PersistentVolumeClaim', name: 'data' }
    await suite().claim(namespace, d.name, { dataSource }, 'copy')
    assert.equal(await output(namespace, 'copy', 'cat /v/f; echo changed > /v/f'), 'first\n')
    assert.equal(await output(namespace, 'data', 'cat /v/f'), 'first\n')
  })

  test('a populator fills a volume of its own, and gives it to the claim', async () => {
    const { client } = suite()
    const namespace = await suite().namespace('csi-populated')
    await using d = await suite().driver('populated', about)
    const dataSourceRef = { apiGroup: 'example.com', kind: 'Book', name: 'one' }
    const claim = await suite().claim(namespace, d.name, { dataSourceRef })
    assert.deepEqual(claim.spec.dataSource, dataSourceRef)
    const { metadata: prime } = await suite().claim(namespace, d.name, {}, 'prime')
    const volumeName = await eventually(async () => {
      const { status, spec } = await client.get(PersistentVolumeClaim, prime)
      return status.phase === 'Bound' && spec.volumeName
    })
    const { status } = await client.get(PersistentVolumeClaim, claim.metadata)
    assert.equal(status.phase, 'Pending')

    const backing = d.backing(`handle-${prime.uid}`)
    await mkdir(backing, { recursive: true })
    await writeFile(join(backing, 'f'), 'once upon a time\n')
    const { name, uid, resourceVersion } = claim.metadata
    const claimRef = { namespace, name, uid, resourceVersion }
    await client.patch(PersistentVolume, { name: volumeName }, 'merge', { spec: { claimRef } })
    await eventually(async () => {
      const { status: now } = await client.get(PersistentVolumeClaim, claim.metadata)
      return now.phase === 'Bound'
    })
    await client.delete(PersistentVolumeClaim, prime)
    assert.equal(await output(namespace, 'data', 'cat /v/f'), 'once upon a time\n')
  })
})
