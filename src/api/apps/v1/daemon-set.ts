import { int32, int64, intOrString, listOf, ref, string, time } from '../../../schema/field.ts'
import { PodTemplateSpec } from '../../core/v1/common.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { message, resource } from './group.ts'

export class RollingUpdateDaemonSet extends message(
  'Limits for the rolling update of a DaemonSet.',
  {
    maxUnavailable: intOrString(
      1,
      'Most Pods, as a count or percentage, that may be unavailable during the update. Defaults to 1.',
    ).pointer(),
    maxSurge: intOrString(
      2,
      'Most nodes, as a count or percentage, that may run an old and a new Pod at once. Defaults to 0.',
    ).pointer(),
  },
) {}

export class DaemonSetUpdateStrategy extends message(
  'How a DaemonSet replaces its Pods when its template changes.',
  {
    type: string(
      1,
      'RollingUpdate replaces Pods automatically; OnDelete waits until they are deleted by hand. Defaults to RollingUpdate.',
    )
      .oneOf('RollingUpdate', 'OnDelete')
      .default('RollingUpdate'),
    rollingUpdate: ref(
      RollingUpdateDaemonSet,
      2,
      'Limits for the rolling update. Only used when type is RollingUpdate.',
    ),
  },
) {}

export class DaemonSetSpec extends message('Desired behavior of a DaemonSet.', {
  selector: ref(
    LabelSelector,
    1,
    'Labels of the Pods it manages. Must match the template labels and cannot change.',
  ).requiredPointer(),
  template: ref(
    PodTemplateSpec,
    2,
    'Pod to run on every node that its node selection and tolerations allow.',
  ).required(),
  updateStrategy: ref(
    DaemonSetUpdateStrategy,
    3,
    'How Pods are replaced when the template changes.',
  ).written(),
  minReadySeconds: int32(
    4,
    'Seconds a new Pod must stay ready to count as available. Defaults to 0.',
  ),
  revisionHistoryLimit: int32(6, 'How many old revisions to keep for rollback. Defaults to 10.')
    .pointer()
    .default(10),
}) {}

export class DaemonSetCondition extends message('One observed fact about a DaemonSet.', {
  type: string(1, 'The aspect of the DaemonSet that is reported.').required(),
  status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
  lastTransitionTime: time(3, 'When the status last changed.'),
  reason: string(4, 'Short machine-readable reason for the last change.'),
  message: string(5, 'Human-readable text about the last change.'),
}) {}

export class DaemonSetStatus extends message('Observed state of a DaemonSet.', {
  currentNumberScheduled: int32(
    1,
    'Number of nodes that run a Pod of the set and should.',
  ).required(),
  numberMisscheduled: int32(
    2,
    'Number of nodes that run a Pod of the set but should not.',
  ).required(),
  desiredNumberScheduled: int32(3, 'Number of nodes that should run a Pod of the set.').required(),
  numberReady: int32(
    4,
    'Number of nodes that should run a Pod of the set and have one ready.',
  ).required(),
  observedGeneration: int64(5, 'metadata.generation that the controller last acted on.'),
  updatedNumberScheduled: int32(6, 'Number of nodes that run a Pod of the current template.'),
  numberAvailable: int32(
    7,
    'Number of nodes that should run a Pod and have had one ready for minReadySeconds.',
  ),
  numberUnavailable: int32(8, 'Number of nodes that should run a Pod and have none available.'),
  collisionCount: int32(
    9,
    'Number of hash collisions met when naming a ControllerRevision.',
  ).pointer(),
  conditions: listOf(DaemonSetCondition, 10, 'The latest observed conditions of the DaemonSet.')
    .mapKeys('type')
    .patch('merge', 'type'),
}) {}

export class DaemonSet extends resource(
  'Runs one copy of a Pod on every suitable node.',
  {
    plural: 'daemonsets',
    shortNames: ['ds'],
    categories: ['all'],
    namespaced: true,
    subresources: ['status'],
  },
  {
    spec: ref(
      DaemonSetSpec,
      2,
      'The Pods wanted, on which nodes, and how changes to them are rolled out.',
    ).written(),
    status: ref(DaemonSetStatus, 3, 'Observed state of the DaemonSet; may lag behind.').written(),
  },
) {}
