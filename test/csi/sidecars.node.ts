import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { CSINode } from '../../src/api/storage/v1/csi-node.ts'
import { StorageClass } from '../../src/api/storage/v1/storage-class.ts'
import { VolumeAttachment } from '../../src/api/storage/v1/volume-attachment.ts'
import { VolumeAttributesClass } from '../../src/api/storage/v1/volume-attributes-class.ts'
import { isNotFound } from '../../src/apimachinery/status-predicates.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import type { Client, ObjectKey } from '../../src/client/client.ts'
import { controller, startManager, type Controller } from '../../src/controller-runtime/index.ts'
import type { Transport } from '../../src/client/transport.ts'
import { quantityValue } from '../../src/schema/quantity.ts'
import { CSI_CONTROLLER } from './controller-messages.ts'
import { callDriver } from './controller-service.node.ts'
import { addFinalizer, removeFinalizer } from './finalizers.ts'
import { SNAPSHOTS, VOLUME_SNAPSHOT, VOLUME_SNAPSHOT_CONTENT } from './snapshot-kinds.ts'

export const PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
const FS_TYPE = 'csi.storage.k8s.io/fstype'
const PROVISIONED = 'external-provisioner.volume.kubernetes.io/finalizer'
const SUFFIX = '.csi.test'

/** Plays the external provisioner and the attacher of all drivers whose names end with `.csi.test`. */
export function startSidecars(transport: Transport, dataDir: string): AsyncDisposable {
  return manage(transport, [provisioner(dataDir), remover(dataDir), attacher(dataDir)])
}

/** Runs parts of drivers. */
export function manage(transport: Transport, controllers: readonly Controller[]): AsyncDisposable {
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
      const contentSource = await contentSourceOf(client, claim)
      if (spec.dataSourceRef && !contentSource) return // A populator's.
      const name = `pvc-${metadata.uid}`
      const storage = spec.resources?.requests?.['storage'] ?? '0'
      const { [FS_TYPE]: fsType, ...parameters } = storageClass.parameters ?? {}
      const attributesClass = spec.volumeAttributesClassName
      const { volume } = await callDriver(dataDir, driver, CSI_CONTROLLER.createVolume, {
        name,
        capacityRange: { requiredBytes: quantityValue(storage) },
        parameters,
        mutableParameters: await mutableParameters(client, attributesClass),
        ...(contentSource && { contentSource }),
      })
      const { volumeId = '', volumeContext = {} } = volume ?? {}
      await client.create(PersistentVolume, {
        metadata: { name, annotations: { [PROVISIONED_BY]: driver }, finalizers: [PROVISIONED] },
        spec: {
          capacity: { storage },
          accessModes: spec.accessModes ?? [],
          ...(spec.volumeMode && { volumeMode: spec.volumeMode }),
          storageClassName: storageClass.metadata.name,
          ...(attributesClass && { volumeAttributesClassName: attributesClass }),
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
            volumeHandle: volumeId,
            ...(fsType !== undefined && { fsType }),
            volumeAttributes: volumeContext,
          },
        },
      })
    },
  })
}

type ContentSource =
  | { readonly volume: { readonly volumeId: string } }
  | { readonly snapshot: { readonly snapshotId: string } }

/** What a new volume is to be a copy of; undefined where that is none of the provisioner's business. Throws where it is not there yet. */
async function contentSourceOf(
  client: Client,
  { metadata: { namespace }, spec }: PersistentVolumeClaim,
): Promise<ContentSource | undefined> {
  if (!spec.dataSourceRef) return undefined
  const { apiGroup = '', kind, name } = spec.dataSourceRef
  if (apiGroup === '' && kind === 'PersistentVolumeClaim') {
    const { volumeHandle: volumeId } = await volumeOf(client, { namespace, name })
    return { volume: { volumeId } }
  }
  if (apiGroup !== SNAPSHOTS || kind !== 'VolumeSnapshot') return undefined
  const { status } = await client.get(VOLUME_SNAPSHOT, { namespace, name })
  if (!status?.readyToUse) throw new Error(`snapshot ${name} is not ready`)
  const content = { name: status.boundVolumeSnapshotContentName }
  const { snapshotHandle } = (await client.get(VOLUME_SNAPSHOT_CONTENT, content)).status ?? {}
  return { snapshot: { snapshotId: snapshotHandle ?? '' } }
}

/** The volume that a claim is bound to. */
export async function volumeOf(
  client: Client,
  claim: ObjectKey,
): Promise<NonNullable<PersistentVolume['spec']['csi']>> {
  const { spec } = await client.get(PersistentVolumeClaim, claim)
  const volume = await client.get(PersistentVolume, { name: spec.volumeName ?? '' })
  return volume.spec.csi!
}

/** What a class of attributes asks the driver for. */
export async function mutableParameters(
  client: Client,
  name: string | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (!name) return {}
  return (await client.get(VolumeAttributesClass, { name })).parameters ?? {}
}

/** Has the driver remove volumes that nobody claims any more. */
function remover(dataDir: string): Controller {
  return controller('test-csi-remover', {
    for: PersistentVolume,
    async reconcile(volume, { client }) {
      const { metadata, spec, status } = volume
      if (!metadata.finalizers?.includes(PROVISIONED) || !spec.csi) return
      if (status.phase !== 'Released') return
      if (spec.persistentVolumeReclaimPolicy !== 'Delete') return
      const { driver, volumeHandle: volumeId } = spec.csi
      await callDriver(dataDir, driver, CSI_CONTROLLER.deleteVolume, { volumeId })
      await client.delete(PersistentVolume, metadata)
      await removeFinalizer(client, PersistentVolume, volume, PROVISIONED)
    },
  })
}

function attacher(dataDir: string): Controller {
  return controller('test-csi-attacher', {
    for: VolumeAttachment,
    async reconcile(attachment, { client }) {
      const { metadata, spec, status } = attachment
      const { attacher: driver, nodeName, source } = spec
      const finalizer = `external-attacher/${driver.replaceAll('.', '-')}`
      if (!driver.endsWith(SUFFIX)) return
      const request = async () => ({
        nodeId: await nodeIdOf(client, nodeName, driver),
        volumeId: await handleOf(client, source.persistentVolumeName),
      })
      if (metadata.deletionTimestamp !== undefined) {
        if (!metadata.finalizers?.includes(finalizer)) return
        await callDriver(dataDir, driver, CSI_CONTROLLER.detach, await request())
        await removeFinalizer(client, VolumeAttachment, attachment, finalizer)
        return
      }
      if (status.attached) return
      await addFinalizer(client, VolumeAttachment, attachment, finalizer)
      const answer = await callDriver(dataDir, driver, CSI_CONTROLLER.attach, await request())
      const { publishContext: attachmentMetadata } = answer
      const patch = { status: { attached: true, attachmentMetadata } }
      await client.patch(VolumeAttachment, metadata, 'merge', patch, { subresource: 'status' })
    },
  })
}

async function nodeIdOf(client: Client, name: string, driver: string): Promise<string> {
  const { spec } = await client.get(CSINode, { name })
  return spec.drivers.find((each) => each.name === driver)?.nodeID ?? ''
}

async function handleOf(client: Client, name = ''): Promise<string> {
  try {
    return (await client.get(PersistentVolume, { name })).spec.csi?.volumeHandle ?? ''
  } catch (error) {
    if (isNotFound(error)) return ''
    throw error
  }
}

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
    parameters: { [FS_TYPE]: 'ext4', ...parameters },
    allowVolumeExpansion: true,
  })
}
