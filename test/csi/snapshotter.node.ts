import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { isAlreadyExists } from '../../src/apimachinery/status-predicates.ts'
import { timestampOf } from '../../src/base/clock.ts'
import type { Client } from '../../src/client/client.ts'
import type { Transport } from '../../src/client/transport.ts'
import { controller, watch, type Controller } from '../../src/controller-runtime/index.ts'
import { CSI_CONTROLLER } from './controller-messages.ts'
import { callDriver } from './controller-service.node.ts'
import { addFinalizer, removeFinalizer } from './finalizers.ts'
import { manage, volumeOf } from './sidecars.node.ts'
import {
  made,
  VOLUME_SNAPSHOT,
  VOLUME_SNAPSHOT_CLASS,
  VOLUME_SNAPSHOT_CONTENT,
  type VolumeSnapshot,
  type VolumeSnapshotContent,
} from './snapshot-kinds.ts'

const PREFIX = 'snapshot.storage.kubernetes.io'
const IS_DEFAULT = `${PREFIX}/is-default-class`
const BOUND = `${PREFIX}/volumesnapshot-bound-protection`
const CONTENT_BOUND = `${PREFIX}/volumesnapshotcontent-bound-protection`

/** Plays the snapshot controller and the snapshotter of all drivers; the kinds of snapshots must be there. */
export function startSnapshotter(transport: Transport, dataDir: string): AsyncDisposable {
  return manage(transport, [snapshotController, snapshotter(dataDir)])
}

/** Brings snapshots and their contents together. */
const snapshotController: Controller = controller('test-snapshot-controller', {
  for: VOLUME_SNAPSHOT,
  watches: [watch(VOLUME_SNAPSHOT_CONTENT, ({ spec }) => [spec.volumeSnapshotRef])],
  async reconcile(snapshot, { client, cache }) {
    const { metadata, spec, status } = snapshot
    const name =
      'volumeSnapshotContentName' in spec.source
        ? spec.source.volumeSnapshotContentName
        : `snapcontent-${metadata.uid}`
    const content = cache.get(VOLUME_SNAPSHOT_CONTENT, { name })
    if (metadata.deletionTimestamp !== undefined) {
      if (content?.spec.deletionPolicy === 'Delete') {
        if (content.metadata.deletionTimestamp === undefined)
          await client.delete(VOLUME_SNAPSHOT_CONTENT, { name })
        return
      }
      return removeFinalizer(client, VOLUME_SNAPSHOT, snapshot, BOUND)
    }
    await addFinalizer(client, VOLUME_SNAPSHOT, snapshot, BOUND)
    if (!content) return createContent(client, snapshot, name)
    if (!content.status?.readyToUse || status?.readyToUse) return
    const { restoreSize, creationTime = 0 } = content.status
    const found = {
      boundVolumeSnapshotContentName: name,
      readyToUse: true,
      restoreSize: String(restoreSize),
      creationTime: timestampOf(Number(creationTime) / 1e6),
    }
    await client.patch(VOLUME_SNAPSHOT, metadata, 'merge', { status: found }, SUBRESOURCE)
  },
})

const SUBRESOURCE = { subresource: 'status' }

async function createContent(
  client: Client,
  { metadata: { namespace = '', name, uid }, spec }: VolumeSnapshot,
  contentName: string,
): Promise<void> {
  if (!('persistentVolumeClaimName' in spec.source)) return // Somebody is to make it.
  const claim = { namespace, name: spec.source.persistentVolumeClaimName }
  await client.get(PersistentVolumeClaim, claim)
  const { driver, volumeHandle } = await volumeOf(client, claim)
  const { items } = await client.list(VOLUME_SNAPSHOT_CLASS)
  const chosen = items.find(
    ({ metadata, driver: of }) =>
      of === driver &&
      (spec.volumeSnapshotClassName === undefined
        ? metadata.annotations?.[IS_DEFAULT] === 'true'
        : metadata.name === spec.volumeSnapshotClassName),
  )
  if (!chosen) throw new Error(`driver ${driver} has no class of snapshots`)
  const content = made<VolumeSnapshotContent>({
    metadata: { name: contentName, finalizers: [CONTENT_BOUND] },
    spec: {
      deletionPolicy: chosen.deletionPolicy,
      driver,
      source: { volumeHandle },
      volumeSnapshotClassName: chosen.metadata.name,
      volumeSnapshotRef: { kind: 'VolumeSnapshot', namespace, name, uid },
    },
  })
  try {
    await client.create(VOLUME_SNAPSHOT_CONTENT, content)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

/** Has drivers take snapshots, find those that were there before, and remove them. */
function snapshotter(dataDir: string): Controller {
  return controller('test-csi-snapshotter', {
    for: VOLUME_SNAPSHOT_CONTENT,
    async reconcile(content, { client }) {
      const { metadata, spec, status } = content
      const { driver, source } = spec
      if (metadata.deletionTimestamp !== undefined) {
        const snapshotId = status?.snapshotHandle
        if (spec.deletionPolicy === 'Delete' && snapshotId !== undefined)
          await callDriver(dataDir, driver, CSI_CONTROLLER.deleteSnapshot, { snapshotId })
        return removeFinalizer(client, VOLUME_SNAPSHOT_CONTENT, content, CONTENT_BOUND)
      }
      if (status?.readyToUse) return
      const snapshot = await ('volumeHandle' in source
        ? takeSnapshot(dataDir, content, source.volumeHandle)
        : findSnapshot(dataDir, driver, source.snapshotHandle))
      if (!snapshot) throw new Error('the driver knows no such snapshot')
      const found = {
        snapshotHandle: snapshot.snapshotId,
        readyToUse: snapshot.readyToUse,
        restoreSize: snapshot.sizeBytes,
        creationTime: (snapshot.creationTime?.seconds ?? 0) * 1e9,
      }
      await client.patch(VOLUME_SNAPSHOT_CONTENT, metadata, 'merge', { status: found }, SUBRESOURCE)
    },
  })
}

async function takeSnapshot(
  dataDir: string,
  { spec }: VolumeSnapshotContent,
  sourceVolumeId: string,
) {
  const name = `snapshot-${spec.volumeSnapshotRef.uid}`
  const request = { name, sourceVolumeId }
  const answer = await callDriver(dataDir, spec.driver, CSI_CONTROLLER.createSnapshot, request)
  return answer.snapshot
}

async function findSnapshot(dataDir: string, driver: string, snapshotId: string) {
  const { entries } = await callDriver(dataDir, driver, CSI_CONTROLLER.listSnapshots, {
    snapshotId,
  })
  return entries[0]?.snapshot
}
