import { cp } from 'node:fs/promises'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { StorageClass } from '../../src/api/storage/v1/storage-class.ts'
import { VolumeAttachment } from '../../src/api/storage/v1/volume-attachment.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import type { Client, ObjectKey } from '../../src/client/client.ts'
import { controller, startManager, type Controller } from '../../src/controller-runtime/index.ts'
import type { Transport } from '../../src/client/transport.ts'
import { backingOf } from './csi-driver.node.ts'
import {
  made,
  SNAPSHOTS,
  VOLUME_SNAPSHOT,
  VOLUME_SNAPSHOT_CONTENT,
  type VolumeSnapshotContent,
} from './snapshot-kinds.ts'

const PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
const SUFFIX = '.csi.test'

/** Plays the external provisioner and the attacher of all drivers whose names end with `.csi.test`. */
export function startSidecars(transport: Transport, dataDir: string): AsyncDisposable {
  return manage(transport, [provisioner(dataDir), attacher])
}

/** Plays the snapshot controller and the snapshotter of the same drivers; the kinds of snapshots must be there. */
export function startSnapshotter(transport: Transport, dataDir: string): AsyncDisposable {
  return manage(transport, [snapshotter(dataDir)])
}

function manage(transport: Transport, controllers: readonly Controller[]): AsyncDisposable {
  return startManager({
    controllers,
    transport,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  })
}

function provisioner(dataDir: string): Controller {
  return controller('test-csi-provisioner', {
    for: PersistentVolumeClaim,
    reads: [StorageClass],
    async reconcile(claim, { client, cache }) {
      const { metadata, spec } = claim
      const driver = metadata.annotations?.[PROVISIONER] ?? ''
      const storageClass = cache.get(StorageClass, { name: spec.storageClassName ?? '' })
      if (!driver.endsWith(SUFFIX) || spec.volumeName || !storageClass) return
      const volumeHandle = `handle-${metadata.uid}`
      if (spec.dataSourceRef) {
        const source = await sourceHandle(client, claim)
        if (source === undefined) return // A populator's.
        const [from, to] = [source, volumeHandle].map((id) => backingOf(dataDir, driver, id))
        await cp(from!, to!, { recursive: true })
      }
      const { fsType, ...volumeAttributes } = storageClass.parameters ?? {}
      await client.create(PersistentVolume, {
        metadata: {
          name: `pvc-${metadata.uid}`,
          annotations: { 'pv.kubernetes.io/provisioned-by': driver },
        },
        spec: {
          capacity: { storage: spec.resources?.requests?.['storage'] ?? '0' },
          accessModes: spec.accessModes ?? [],
          ...(spec.volumeMode && { volumeMode: spec.volumeMode }),
          storageClassName: storageClass.metadata.name,
          persistentVolumeReclaimPolicy: 'Delete',
          claimRef: {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
          },
          csi: {
            driver,
            volumeHandle,
            ...(fsType !== undefined && { fsType }),
            volumeAttributes,
          },
        },
      })
    },
  })
}

/** What a new volume is to be a copy of; undefined where that is none of the provisioner's business. Throws where it is not there yet. */
async function sourceHandle(
  client: Client,
  { metadata: { namespace }, spec }: PersistentVolumeClaim,
): Promise<string | undefined> {
  const { apiGroup = '', kind, name } = spec.dataSourceRef!
  if (apiGroup === '' && kind === 'PersistentVolumeClaim')
    return (await volumeOf(client, { namespace, name })).volumeHandle
  if (apiGroup !== SNAPSHOTS || kind !== 'VolumeSnapshot') return undefined
  const { status } = await client.get(VOLUME_SNAPSHOT, { namespace, name })
  if (!status?.readyToUse) throw new Error(`snapshot ${name} is not ready`)
  const content = { name: status.boundVolumeSnapshotContentName }
  return (await client.get(VOLUME_SNAPSHOT_CONTENT, content)).spec.source.snapshotHandle
}

/** The volume that a claim is bound to. */
async function volumeOf(
  client: Client,
  claim: ObjectKey,
): Promise<NonNullable<PersistentVolume['spec']['csi']>> {
  const { spec } = await client.get(PersistentVolumeClaim, claim)
  const volume = await client.get(PersistentVolume, { name: spec.volumeName ?? '' })
  return volume.spec.csi!
}

function snapshotter(dataDir: string): Controller {
  return controller('test-csi-snapshotter', {
    for: VOLUME_SNAPSHOT,
    async reconcile(snapshot, { client }) {
      const { metadata, spec, status } = snapshot
      if (status?.readyToUse) return
      const { namespace = '', name, uid } = metadata
      const claim = spec.source.persistentVolumeClaimName
      const { driver, volumeHandle } = await volumeOf(client, { namespace, name: claim })
      const snapshotHandle = `snapshot-${uid}`
      const [from, to] = [volumeHandle, snapshotHandle].map((id) => backingOf(dataDir, driver, id))
      await cp(from!, to!, { recursive: true })
      const content = `snapcontent-${uid}`
      const found = made<VolumeSnapshotContent>({
        metadata: { name: content },
        spec: {
          deletionPolicy: 'Delete',
          driver,
          source: { snapshotHandle },
          volumeSnapshotRef: { kind: 'VolumeSnapshot', namespace, name, uid },
        },
      })
      await client.create(VOLUME_SNAPSHOT_CONTENT, found)
      await client.updateStatus(VOLUME_SNAPSHOT, {
        ...snapshot,
        status: { boundVolumeSnapshotContentName: content, readyToUse: true, restoreSize: '1Gi' },
      })
    },
  })
}

const attacher: Controller = controller('test-csi-attacher', {
  for: VolumeAttachment,
  async reconcile(attachment, { client }) {
    const { metadata, spec, status } = attachment
    if (!spec.attacher.endsWith(SUFFIX)) return
    if (metadata.deletionTimestamp !== undefined || status.attached) return
    await client.updateStatus(VolumeAttachment, {
      ...attachment,
      status: { attached: true, attachmentMetadata: { device: `on-${spec.nodeName}` } },
    })
  },
})

/** Makes a class of a driver whose claims are bound at once. */
export async function createClass(
  client: Client,
  driver: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<void> {
  const metadata = { name: driver }
  await client.create(StorageClass, {
    metadata,
    provisioner: driver,
    parameters,
    allowVolumeExpansion: true,
  })
}
