import type { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import type { CSINode } from '../../api/storage/v1/csi-node.ts'
import type { CSIStorageCapacity } from '../../api/storage/v1/csi-storage-capacity.ts'
import type { StorageClass } from '../../api/storage/v1/storage-class.ts'
import type { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import type { VolumeAttributesClass } from '../../api/storage/v1/volume-attributes-class.ts'
import { accessModesCell, NONE, UNSET } from './cells.ts'
import { AGE, column, NAME, tableFor, wide, type TableEntry } from './table.ts'

const GROUP = 'storage.k8s.io'
const VOLUME_MODE = wide(
  'VolumeMode',
  'Whether the volume holds a Filesystem or is a raw Block device.',
)

export const STORAGE_TABLES: readonly TableEntry[] = [
  tableFor<PersistentVolume>('', 'PersistentVolume', {
    columns: [
      NAME,
      column('Capacity', 'How much the volume holds.'),
      column('Access Modes', 'How the volume may be mounted.'),
      column('Reclaim Policy', 'What becomes of the volume once it is released.'),
      column('Status', 'Whether the volume is bound.'),
      column('Claim', 'The claim that the volume is bound to.'),
      column('StorageClass', 'The class of the volume.'),
      column('VolumeAttributesClass', 'The class of attributes of the volume.'),
      column('Reason', 'Why the volume is in its state.'),
      AGE,
      VOLUME_MODE,
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      spec.capacity?.['storage'] ?? '0',
      accessModesCell(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? '',
      metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
      spec.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
      className(metadata, spec.storageClassName),
      spec.volumeAttributesClassName ?? UNSET,
      status.reason ?? '',
      ages.since(metadata.creationTimestamp),
      spec.volumeMode ?? UNSET,
    ],
  }),
  tableFor<PersistentVolumeClaim>('', 'PersistentVolumeClaim', {
    columns: [
      NAME,
      column('Status', 'Whether the claim is bound.'),
      column('Volume', 'The volume that the claim is bound to.'),
      column('Capacity', 'How much the volume holds.'),
      column('Access Modes', 'How the volume may be mounted.'),
      column('StorageClass', 'The class of the volume.'),
      column('VolumeAttributesClass', 'The class of attributes of the volume.'),
      AGE,
      VOLUME_MODE,
    ],
    cells: ({ metadata, spec, status }, ages) => {
      const isBound = Boolean(spec.volumeName)
      return [
        metadata.name,
        metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
        spec.volumeName ?? '',
        isBound ? (status.capacity?.['storage'] ?? '0') : '',
        isBound ? accessModesCell(status.accessModes) : '',
        className(metadata, spec.storageClassName),
        spec.volumeAttributesClassName ?? UNSET,
        ages.since(metadata.creationTimestamp),
        spec.volumeMode ?? UNSET,
      ]
    },
  }),
  tableFor<StorageClass>(GROUP, 'StorageClass', {
    columns: [
      NAME,
      column('Provisioner', 'What makes the volumes.'),
      column('ReclaimPolicy', 'What becomes of volumes once they are released.'),
      column('VolumeBindingMode', 'When claims are bound.'),
      column('AllowVolumeExpansion', 'Whether claims may grow.'),
      AGE,
    ],
    cells: (storageClass, ages) => [
      withDefault(storageClass.metadata, 'storageclass'),
      storageClass.provisioner,
      storageClass.reclaimPolicy ?? 'Delete',
      storageClass.volumeBindingMode ?? 'Immediate',
      storageClass.allowVolumeExpansion ?? false,
      ages.since(storageClass.metadata.creationTimestamp),
    ],
  }),
  tableFor<VolumeAttributesClass>(GROUP, 'VolumeAttributesClass', {
    columns: [NAME, column('DriverName', 'The CSI driver that the class is for.'), AGE],
    cells: ({ metadata, driverName }, ages) => [
      withDefault(metadata, 'volumeattributesclass'),
      driverName,
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<VolumeAttachment>(GROUP, 'VolumeAttachment', {
    columns: [
      NAME,
      { ...column('Attacher', 'The driver that attaches the volume.'), format: 'name' },
      column('PV', 'The volume.'),
      column('Node', 'The node that the volume is attached to.'),
      column('Attached', 'Whether the volume is attached.', 'boolean'),
      AGE,
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      spec.attacher,
      spec.source.persistentVolumeName ?? '',
      spec.nodeName,
      status.attached,
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<CSIDriver>(GROUP, 'CSIDriver', {
    columns: [
      NAME,
      column('AttachRequired', 'Whether volumes must be attached to nodes.', 'boolean'),
      column('PodInfoOnMount', 'Whether the driver is told of the Pod.', 'boolean'),
      column('StorageCapacity', 'Whether the driver tells where there is room.', 'boolean'),
      column('TokenRequests', 'Audiences of tokens that the driver is given.'),
      column('RequiresRepublish', 'Whether volumes are published again and again.', 'boolean'),
      column('Modes', 'Whether volumes outlive Pods.'),
      AGE,
    ],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      spec.attachRequired ?? true,
      spec.podInfoOnMount ?? false,
      spec.storageCapacity ?? false,
      spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? UNSET,
      spec.requiresRepublish ?? false,
      spec.volumeLifecycleModes?.join(',') || NONE,
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<CSINode>(GROUP, 'CSINode', {
    columns: [NAME, column('Drivers', 'How many drivers the node has.', 'integer'), AGE],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      spec.drivers?.length ?? 0,
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<CSIStorageCapacity>(GROUP, 'CSIStorageCapacity', {
    columns: [
      NAME,
      column('StorageClassName', 'The class that there is room for.'),
      column('Capacity', 'How much room there is.'),
    ],
    cells: ({ metadata, storageClassName, capacity }) => [
      metadata.name,
      storageClassName,
      capacity ?? UNSET,
    ],
  }),
]

interface Metadata {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
}

// The annotation is from before there was a field, and goes before it still.
function className({ annotations }: Metadata, field = ''): string {
  return annotations?.['volume.beta.kubernetes.io/storage-class'] ?? field
}

function withDefault({ name, annotations = {} }: Metadata, prefix: string): string {
  const isDefault =
    annotations[`${prefix}.kubernetes.io/is-default-class`] === 'true' ||
    (prefix === 'storageclass' &&
      annotations['storageclass.beta.kubernetes.io/is-default-class'] === 'true')
  return isDefault ? `${name} (default)` : name
}
