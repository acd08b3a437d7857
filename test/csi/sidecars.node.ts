import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { StorageClass } from '../../src/api/storage/v1/storage-class.ts'
import { VolumeAttachment } from '../../src/api/storage/v1/volume-attachment.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import type { Client } from '../../src/client/client.ts'
import { controller, startManager, type Controller } from '../../src/controller-runtime/index.ts'
import type { Transport } from '../../src/client/transport.ts'

const PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
const SUFFIX = '.csi.test'

/** Plays the external provisioner and the attacher of all drivers whose names end with `.csi.test`. */
export function startSidecars(transport: Transport): AsyncDisposable {
  return startManager({
    controllers: [provisioner, attacher],
    transport,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  })
}

const provisioner: Controller = controller('test-csi-provisioner', {
  for: PersistentVolumeClaim,
  reads: [StorageClass],
  async reconcile({ metadata, spec }, { client, cache }) {
    const driver = metadata.annotations?.[PROVISIONER] ?? ''
    const storageClass = cache.get(StorageClass, { name: spec.storageClassName ?? '' })
    if (!driver.endsWith(SUFFIX) || spec.volumeName || !storageClass) return
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
          volumeHandle: `handle-${metadata.uid}`,
          ...(fsType !== undefined && { fsType }),
          volumeAttributes,
        },
      },
    })
  },
})

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
