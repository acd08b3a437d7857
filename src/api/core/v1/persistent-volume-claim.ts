import { listOf, mapOf, ref, string, time } from '../../../schema/field.ts'
import { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts'
import { message, resource } from './group.ts'

export class ModifyVolumeStatus extends message(
  'Progress of a change of the VolumeAttributesClass of a volume.',
  {
    targetVolumeAttributesClassName: string(1, 'Name of the VolumeAttributesClass being applied.'),
    status: string(2, 'Pending, InProgress, or Infeasible when the driver rejected the class.')
      .oneOf('Pending', 'InProgress', 'Infeasible')
      .required(),
  },
) {}

export class PersistentVolumeClaimCondition extends message('One observed fact about a claim.', {
  type: string(1, 'Kind of condition, such as Resizing or FileSystemResizePending.').required(),
  status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
  lastProbeTime: time(3, 'When the condition was last checked.'),
  lastTransitionTime: time(4, 'When the status last changed.'),
  reason: string(5, 'Short machine-readable reason for the last change.'),
  message: string(6, 'Human-readable text about the last change.'),
}) {}

export class PersistentVolumeClaimStatus extends message('Observed state of a claim.', {
  phase: string(1, 'Pending, Bound, or Lost when the bound volume no longer exists.')
    .oneOf('Pending', 'Bound', 'Lost')
    .default('Pending'),
  accessModes: listOf('string', 2, 'Access modes of the bound volume.')
    .atomic()
    .oneOf('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'),
  capacity: mapOf('quantity', 3, 'Actual resources of the bound volume.'),
  conditions: listOf(
    PersistentVolumeClaimCondition,
    4,
    'Current conditions of the claim, such as a resize in progress.',
  )
    .mapKeys('type')
    .patch('merge', 'type'),
  allocatedResources: mapOf(
    'quantity',
    5,
    'Storage set aside for the claim; may exceed capacity during expansion.',
  ),
  allocatedResourceStatuses: mapOf(
    'string',
    7,
    'State of the resize per resource, such as NodeResizePending.',
  ).oneOf(
    'ControllerResizeInProgress',
    'ControllerResizeInfeasible',
    'NodeResizePending',
    'NodeResizeInProgress',
    'NodeResizeInfeasible',
  ),
  currentVolumeAttributesClassName: string(
    8,
    'VolumeAttributesClass in effect. Unset when none is applied.',
  ).pointer(),
  modifyVolumeStatus: ref(
    ModifyVolumeStatus,
    9,
    'Progress of a change of VolumeAttributesClass. Unset when none is under way.',
  ),
}) {}

export class PersistentVolumeClaim extends resource(
  'A request by a user for a PersistentVolume.',
  {
    plural: 'persistentvolumeclaims',
    shortNames: ['pvc'],
    namespaced: true,
    subresources: ['status'],
  },
  {
    spec: ref(
      PersistentVolumeClaimSpec,
      2,
      'How much storage is wanted, of which class and with which access.',
    ).written(),
    status: ref(
      PersistentVolumeClaimStatus,
      3,
      'Whether the claim is bound, and what storage it has got.',
    ).written(),
  },
) {}
