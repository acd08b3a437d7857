import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { once } from '../conformance/node/node-suite.node.ts'
import { whyNoNodeCluster } from '../kubelet/node-cluster.node.ts'
import type { TestCsiDriver } from './csi-driver.node.ts'
import { csiSuite, MOUNTED, WAIT } from './csi-suite.node.ts'
import { startSnapshotter } from './sidecars.node.ts'
import {
  defineSnapshots,
  made,
  SNAPSHOTS,
  VOLUME_SNAPSHOT,
  type VolumeSnapshot,
} from './snapshot-kinds.ts'

const skip = await whyNoNodeCluster()

describe('where new volumes get their data from', { skip, concurrency: 3 }, () => {
  const suite = csiSuite()
  before(async () => {
    const { client } = suite()
    await defineSnapshots(client)
    // Definitions take a moment until they are served.
    await eventually(() => client.list(VOLUME_SNAPSHOT).catch(() => false as const), WAIT)
  })

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

  test('a snapshot shows what was there when it was taken', async () => {
    const { client, transport, node } = suite()
    await using _snapshotter = startSnapshotter(transport, node.dataDir)
    const namespace = await suite().namespace('csi-snapshot')
    await using d = await suite().driver('snapshot', about)
    await writtenClaim(namespace, d)
    const dataSource = { apiGroup: SNAPSHOTS, kind: 'VolumeSnapshot', name: 'snap' }
    // A claim may be there before its source is.
    const restored = await suite().claim(namespace, d.name, { dataSource }, 'restored')
    assert.deepEqual(restored.spec.dataSourceRef, dataSource)
    const metadata = { namespace, name: 'snap' }
    const spec = { source: { persistentVolumeClaimName: 'data' } }
    await client.create(VOLUME_SNAPSHOT, made<VolumeSnapshot>({ metadata, spec }))
    await eventually(async () => {
      const { status } = await client.get(VOLUME_SNAPSHOT, metadata)
      return status?.readyToUse
    }, WAIT)
    await output(namespace, 'data', 'echo second > /v/f')
    assert.equal(await output(namespace, 'restored', 'cat /v/f'), 'first\n')
    assert.equal(await output(namespace, 'data', 'cat /v/f'), 'second\n')
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
    }, WAIT)
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
    }, WAIT)
    await client.delete(PersistentVolumeClaim, prime)
    assert.equal(await output(namespace, 'data', 'cat /v/f'), 'once upon a time\n')
  })
})
