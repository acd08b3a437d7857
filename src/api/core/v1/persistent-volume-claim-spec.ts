import { listOf, ref, string } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { TypedLocalObjectReference, TypedObjectReference } from './reference.ts'
import { VolumeResourceRequirements } from './resources.ts'
import { message } from './group.ts'

export class PersistentVolumeClaimSpec extends message(
  'The storage a user asks for and how it is chosen.',
  {
    accessModes: listOf('string', 1, 'Access modes the volume must have, such as ReadWriteOnce.')
      .atomic()
      .oneOf('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'),
    selector: ref(
      LabelSelector,
      4,
      'Labels a volume must have to be bound. Unset accepts any; prevents dynamic provisioning.',
    ),
    resources: ref(
      VolumeResourceRequirements,
      2,
      'Least (requests) and most (limits) storage wanted. Requests may grow later to expand the volume.',
    ).written(),
    volumeName: string(
      3,
      'Name of the bound PersistentVolume. Set it to ask for a specific volume.',
    ),
    storageClassName: string(
      5,
      'StorageClass to use. Unset takes the default class; empty turns off dynamic provisioning.',
    ).pointer(),
    volumeMode: string(
      6,
      'Filesystem to mount the volume or Block for a raw device. Defaults to Filesystem.',
    )
      .oneOf('Block', 'Filesystem')
      .pointer()
      .default('Filesystem'),
    dataSource: ref(
      TypedLocalObjectReference,
      7,
      'VolumeSnapshot or claim to fill the new volume from. Kept in step with dataSourceRef.',
    ),
    dataSourceRef: ref(
      TypedObjectReference,
      8,
      'Object to fill the new volume from, of any populator kind, possibly in another namespace.',
    ),
    volumeAttributesClassName: string(
      9,
      'VolumeAttributesClass to apply to the volume. May be changed after creation.',
    ).pointer(),
  },
) {}
