import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { eventually } from '../../../src/base/async-eventually.node.ts'
import { showApiOperations } from '../api-operations.ts'
import { conformance } from '../conformance.ts'
import { pod } from '../objects.ts'
import { suite } from '../suite.node.ts'

const STORAGE = '/apis/storage.k8s.io/v1'
const DRIVER = 'e2e.example.com'
const CONDITION = { type: 'Resizing', status: 'True', reason: 'E2E', message: 'Set by the test' }

const ATTACHMENT = {
  version: STORAGE,
  plural: 'volumeattachments',
  body: {
    spec: {
      attacher: DRIVER,
      nodeName: 'e2e-no-node',
      source: { persistentVolumeName: 'e2e-no-volume' },
    },
  },
}

describe('storage', () => {
  const api = suite({ nodes: 1 })

  conformance(
    '[sig-storage] StorageClasses CSI Conformance should run through the lifecycle of a StorageClass [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: STORAGE,
        plural: 'storageclasses',
        body: { provisioner: DRIVER },
      }),
  )

  conformance(
    '[sig-storage] VolumeAttributesClass [FeatureGate:VolumeAttributesClass] should run through the lifecycle of a VolumeAttributesClass [Conformance]',
    async () => {
      const path = `${STORAGE}/volumeattributesclasses`
      const labels = { lifecycle: 'vac' }
      const body = { driverName: DRIVER, parameters: { iops: '100' } }
      for (const name of ['e2e-a', 'e2e-b', 'e2e-c'])
        await api.rest.post(path, { metadata: { name, labels }, ...body })
      assert.deepEqual((await api.rest.get(`${path}/e2e-a`))['parameters'], body.parameters)
      const patched = await api.rest.patch(`${path}/e2e-a`, {
        metadata: { labels: { patched: '1' } },
      })
      assert.equal(patched.metadata.labels?.['patched'], '1')
      await api.rest.delete(`${path}/e2e-a`)
      // Its protection lets it go a moment later.
      await eventually(async () => (await api.rest.call('GET', `${path}/e2e-a`)).status === 404)
      const selected = `${path}?labelSelector=lifecycle%3Dvac`
      assert.equal((await api.rest.get(selected)).items?.length, 2)
      await api.rest.delete(selected)
      await eventually(async () => (await api.rest.get(selected)).items?.length === 0)
    },
  )

  conformance(
    '[sig-storage] VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment [Conformance]',
    () => showApiOperations(api.rest, ATTACHMENT),
  )

  conformance(
    '[sig-storage] VolumeAttachment Conformance should apply changes to a volumeattachment status [Conformance]',
    () =>
      showApiOperations(api.rest, {
        ...ATTACHMENT,
        name: (number) => `e2e-status-${number}`,
        status: { attached: true },
      }),
  )

  conformance(
    '[sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: STORAGE,
        plural: 'csinodes',
        body: { spec: { drivers: [] } },
      }),
  )

  conformance(
    '[sig-storage] CSIInlineVolumes should run through the lifecycle of a CSIDriver [Conformance]',
    () =>
      showApiOperations(api.rest, {
        version: STORAGE,
        plural: 'csidrivers',
        body: { spec: { attachRequired: false, volumeLifecycleModes: ['Ephemeral'] } },
      }),
  )

  conformance(
    '[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API [Conformance]',
    async () => {
      const path = `${await api.namespace('csi-inline')}/pods`
      const csi = { driver: DRIVER, readOnly: true, volumeAttributes: { size: '1Gi' } }
      await api.rest.post(path, pod('inline', { volumes: [{ name: 'data', csi }] }))
      const { spec } = await api.rest.get(`${path}/inline`)
      const { volumes } = spec as { readonly volumes: readonly { readonly csi?: object }[] }
      assert.deepEqual(volumes.find((volume) => volume.csi)?.csi, csi)
      await api.rest.delete(`${path}/inline`)
      await eventually(async () => (await api.rest.call('GET', `${path}/inline`)).status === 404)
    },
  )

  conformance(
    '[sig-storage] ConfigMap should be immutable if `immutable` field is set [Conformance]',
    () => showImmutable('configmaps', { a: 'b' }, { a: 'c' }),
  )

  conformance(
    '[sig-storage] Secrets should be immutable if `immutable` field is set [Conformance]',
    () => showImmutable('secrets', { a: 'Yg==' }, { a: 'Yw==' }),
  )

  conformance(
    '[sig-storage] PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC [Conformance]',
    async () => {
      const { volume, claim } = await pair('lifecycle')
      for (const path of [volume, claim]) {
        const labelled = await api.rest.patch(path, { metadata: { labels: { patched: 'true' } } })
        assert.equal(labelled.metadata.labels?.['patched'], 'true')
        const { items = [] } = await api.rest.get(
          `${path.slice(0, path.lastIndexOf('/'))}?labelSelector=patched%3Dtrue`,
        )
        assert.equal(items.length, 1)
      }
      for (const path of [claim, volume]) {
        await api.rest.delete(path)
        await eventually(async () => (await api.rest.call('GET', path)).status === 404)
      }
    },
  )

  conformance(
    '[sig-storage] PersistentVolumes CSI Conformance should apply changes to a pv/pvc status [Conformance]',
    async () => {
      const { volume, claim } = await pair('status')
      const conditions = [CONDITION]
      const patched = await api.rest.patch(`${claim}/status`, { status: { conditions } })
      assert.partialDeepStrictEqual(patched['status'], { conditions })
      await eventually(async () => {
        const { status } = await api.rest.get(volume)
        return (status as { readonly phase?: string }).phase === 'Available'
      })
      await api.rest.patch(`${volume}/status`, { status: { message: 'StatusPatched' } })
      const { status } = await api.rest.get(`${volume}/status`)
      assert.partialDeepStrictEqual(status, { message: 'StatusPatched' })
      for (const path of [claim, volume]) await api.rest.delete(path)
    },
  )

  async function showImmutable(plural: string, data: object, other: object): Promise<void> {
    const path = `${await api.namespace(`immutable-${plural}`)}/${plural}`
    const made = await api.rest.post(path, { metadata: { name: 'kept' }, data })
    const marked = await api.rest.put(`${path}/kept`, { ...made, immutable: true })
    for (const change of [{ data: other }, { immutable: false }, { immutable: undefined }]) {
      const body = { ...marked, ...change }
      const { status } = await api.rest.call('PUT', `${path}/kept`, { body })
      assert.equal(status, 422)
    }
    await api.rest.patch(`${path}/kept`, { metadata: { labels: { still: 'allowed' } } })
    await api.rest.delete(`${path}/kept`)
  }

  /** A volume and a claim that do not fit each other, and the paths of both. */
  async function pair(name: string): Promise<{ readonly volume: string; readonly claim: string }> {
    const claims = `${await api.namespace(`e2e-pv-${name}`)}/persistentvolumeclaims`
    const volumes = '/api/v1/persistentvolumes'
    const common = { accessModes: ['ReadWriteOnce'] }
    await api.rest.post(volumes, {
      metadata: { name: `e2e-${name}` },
      spec: {
        ...common,
        capacity: { storage: '1Gi' },
        csi: { driver: DRIVER, volumeHandle: name },
        storageClassName: 'e2e-volume',
      },
    })
    await api.rest.post(claims, {
      metadata: { name: 'claim' },
      spec: {
        ...common,
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'e2e-claim',
      },
    })
    return { volume: `${volumes}/e2e-${name}`, claim: `${claims}/claim` }
  }
})
