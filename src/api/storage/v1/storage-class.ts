import { bool, listOf, mapOf, string } from '../../../schema/field.ts'
import { TopologySelectorTerm } from '../../core/v1/selector.ts'
import { resource } from './group.ts'

export class StorageClass extends resource(
  'Describes a kind of storage from which volumes are provisioned on demand.',
  { plural: 'storageclasses', shortNames: ['sc'], namespaced: false },
  {
    provisioner: string(2, 'Name of the driver that makes the volumes.').required(),
    parameters: mapOf(
      'string',
      3,
      'Settings that the provisioner gets for each new volume. Opaque to Kubernetes.',
    ),
    reclaimPolicy: string(
      4,
      'What happens to provisioned volumes once released. Defaults to Delete.',
    )
      .oneOf('Recycle', 'Delete', 'Retain')
      .pointer()
      .default('Delete'),
    mountOptions: listOf(
      'string',
      5,
      'Mount options for provisioned volumes. Not checked; a bad one makes the mount fail.',
    ).atomic(),
    allowVolumeExpansion: bool(
      6,
      'Whether claims of this class may be enlarged. Not allowed when unset.',
    ).pointer(),
    volumeBindingMode: string(
      7,
      'Bind volumes right away, or only once a Pod using the claim is scheduled. Defaults to Immediate.',
    )
      .oneOf('Immediate', 'WaitForFirstConsumer')
      .pointer()
      .default('Immediate'),
    allowedTopologies: listOf(
      TopologySelectorTerm,
      8,
      'Limits where volumes may be provisioned. No limit when empty.',
    ).atomic(),
  },
) {}
