import { int32, int64, intOrString, listOf, ref, string, time } from '../../../schema/field.ts'
import { PodTemplateSpec } from '../../core/v1/common.ts'
import { PersistentVolumeClaim } from '../../core/v1/persistent-volume-claim.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { message, resource } from './group.ts'

export class RollingUpdateStatefulSetStrategy extends message(
  'Limits for the rolling update of a StatefulSet.',
  {
    partition: int32(
      1,
      'Only Pods with this ordinal or higher are updated; lower ones keep the old revision. Defaults to 0.',
    ).pointer(),
    maxUnavailable: intOrString(
      2,
      'Most Pods, as a count or percentage (rounded up), that may be unavailable during the update. Defaults to 1.',
    ).pointer(),
  },
) {}

export class StatefulSetOrdinals extends message('How the Pods of a StatefulSet are numbered.', {
  start: int32(
    1,
    'Number given to the first Pod; the others count up from it. Defaults to 0.',
  ).written(),
}) {}

export class StatefulSetPersistentVolumeClaimRetentionPolicy extends message(
  'What happens to the claims made from volumeClaimTemplates when Pods go away.',
  {
    whenDeleted: string(
      1,
      'Retain or Delete the claims when the StatefulSet is deleted. Defaults to Retain.',
    ),
    whenScaled: string(
      2,
      'Retain or Delete the claims of Pods removed by scaling down. Defaults to Retain.',
    ),
  },
) {}

export class StatefulSetUpdateStrategy extends message(
  'How a StatefulSet replaces its Pods when its template changes.',
  {
    type: string(
      1,
      'RollingUpdate replaces Pods automatically; OnDelete waits until they are deleted by hand. Defaults to RollingUpdate.',
    )
      .oneOf('RollingUpdate', 'OnDelete')
      .default('RollingUpdate'),
    rollingUpdate: ref(
      RollingUpdateStatefulSetStrategy,
      2,
      'Limits for the rolling update. Only used when type is RollingUpdate.',
    ),
  },
) {}

export class StatefulSetSpec extends message('The wanted state of a StatefulSet.', {
  replicas: int32(1, 'How many Pods to run. Defaults to 1.').pointer().default(1),
  selector: ref(
    LabelSelector,
    2,
    'Labels that pick the Pods to count. Must match the template labels and cannot be changed later.',
  ).requiredPointer(),
  template: ref(
    PodTemplateSpec,
    3,
    'The Pods to create. Each is named after the StatefulSet plus its ordinal.',
  ).required(),
  volumeClaimTemplates: listOf(
    PersistentVolumeClaim,
    4,
    'PersistentVolumeClaims made for each Pod. They override template volumes of the same name.',
  ).atomic(),
  serviceName: string(
    5,
    'Name of the Service, usually headless, that gives the Pods their DNS names. Must exist separately.',
  ).written(),
  podManagementPolicy: string(
    6,
    'OrderedReady creates and removes Pods one at a time; Parallel does so all at once. Defaults to OrderedReady.',
  )
    .oneOf('OrderedReady', 'Parallel')
    .default('OrderedReady'),
  updateStrategy: ref(
    StatefulSetUpdateStrategy,
    7,
    'How Pods are replaced when the template changes. Defaults to RollingUpdate.',
  ).written(),
  revisionHistoryLimit: int32(8, 'How many old revisions to keep for rollback. Defaults to 10.')
    .pointer()
    .default(10),
  minReadySeconds: int32(
    9,
    'Seconds a new Pod must stay ready, without a container crash, before it counts as available. Defaults to 0.',
  ),
  persistentVolumeClaimRetentionPolicy: ref(
    StatefulSetPersistentVolumeClaimRetentionPolicy,
    10,
    'Whether claims outlive scale-down and deletion. Claims are retained by default.',
  ),
  ordinals: ref(
    StatefulSetOrdinals,
    11,
    'How Pods are numbered. Numbering starts at 0 when unset.',
  ),
}) {}

export class StatefulSetCondition extends message(
  'One observed aspect of the state of a StatefulSet.',
  {
    type: string(1, 'The aspect reported by this condition.').required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    lastTransitionTime: time(3, 'When the status of this condition last changed.'),
    reason: string(4, 'Machine-readable word for why the status last changed.'),
    message: string(5, 'Human-readable details about the last change.'),
  },
) {}

export class StatefulSetStatus extends message('The observed state of a StatefulSet.', {
  observedGeneration: int64(1, 'The generation of the spec that this status reflects.'),
  replicas: int32(2, 'How many Pods the controller has created.').required(),
  readyReplicas: int32(3, 'How many Pods are Ready.'),
  currentReplicas: int32(4, 'How many Pods are at currentRevision.'),
  updatedReplicas: int32(5, 'How many Pods are at updateRevision.'),
  currentRevision: string(6, 'Name of the revision that Pods not yet updated are made from.'),
  updateRevision: string(7, 'Name of the revision that updated Pods are made from.'),
  collisionCount: int32(
    9,
    'How many hash collisions occurred when naming new revisions. Used to choose a fresh name.',
  ).pointer(),
  conditions: listOf(StatefulSetCondition, 10, 'The latest observed conditions of the StatefulSet.')
    .mapKeys('type')
    .patch('merge', 'type'),
  availableReplicas: int32(
    11,
    'How many Pods have been Ready for at least minReadySeconds.',
  ).written(),
}) {}

export class StatefulSet extends resource(
  'Runs Pods with stable names, ordered identity and their own persistent storage.',
  {
    plural: 'statefulsets',
    shortNames: ['sts'],
    categories: ['all'],
    namespaced: true,
    subresources: [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' }, 'status'],
  },
  {
    spec: ref(
      StatefulSetSpec,
      2,
      'The wanted Pods, their storage and how they are managed.',
    ).written(),
    status: ref(
      StatefulSetStatus,
      3,
      'What the StatefulSet controller last observed. May lag slightly behind.',
    ).written(),
  },
) {}
