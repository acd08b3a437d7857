import { quantity, ref, string } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { resource } from './group.ts'

export class CSIStorageCapacity extends resource(
  'The storage space that a CSI driver has left for a StorageClass in a part of the cluster.',
  { plural: 'csistoragecapacities', namespaced: true },
  {
    nodeTopology: ref(
      LabelSelector,
      2,
      'Labels of the nodes that can reach the storage. None when unset, all when empty.',
    ),
    storageClassName: string(
      3,
      'Name of the StorageClass that this applies to. Cannot be changed.',
    ).required(),
    capacity: quantity(4, 'Space left, in bytes. Unknown when unset.').pointer(),
    maximumVolumeSize: quantity(
      5,
      'Largest volume that can be made, in bytes. Unknown when unset.',
    ).pointer(),
  },
) {}
