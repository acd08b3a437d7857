import {
  bool,
  int32,
  int64,
  intOrString,
  listOf,
  ref,
  string,
  time,
} from '../../../schema/field.ts'
import { PodTemplateSpec } from '../../core/v1/common.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { message, resource } from './group.ts'

export class RollingUpdateDeployment extends message(
  'Limits for the rolling update of a Deployment.',
  {
    maxUnavailable: intOrString(
      1,
      'Most Pods, as a count or percentage (rounded down), that may be unavailable during the update. Defaults to 25%.',
    ).pointer(),
    maxSurge: intOrString(
      2,
      'Most Pods, as a count or percentage (rounded up), allowed above the wanted number. Defaults to 25%.',
    ).pointer(),
  },
) {}

export class DeploymentStrategy extends message(
  'How a Deployment replaces old Pods with new ones.',
  {
    type: string(
      1,
      'Recreate stops all old Pods first; RollingUpdate replaces them gradually. Defaults to RollingUpdate.',
    )
      .oneOf('Recreate', 'RollingUpdate')
      .default('RollingUpdate'),
    rollingUpdate: ref(
      RollingUpdateDeployment,
      2,
      'Limits for the rolling update. Only allowed when type is RollingUpdate.',
    ),
  },
) {}

export class DeploymentSpec extends message('The wanted state of a Deployment.', {
  replicas: int32(1, 'How many Pods to run. Defaults to 1.').pointer().default(1),
  selector: ref(
    LabelSelector,
    2,
    'Labels that pick the Pods owned by this Deployment. Must match the template labels and cannot be changed later.',
  ).requiredPointer(),
  template: ref(
    PodTemplateSpec,
    3,
    'The Pods to create. Only a restartPolicy of Always is allowed.',
  ).required(),
  strategy: ref(
    DeploymentStrategy,
    4,
    'How old Pods are swapped for new ones. Defaults to a rolling update.',
  )
    .written()
    .patch('retainKeys'),
  minReadySeconds: int32(
    5,
    'Seconds a new Pod must stay ready, without a container crash, before it counts as available. Defaults to 0.',
  ),
  revisionHistoryLimit: int32(6, 'How many old ReplicaSets to keep for rollback. Defaults to 10.')
    .pointer()
    .default(10),
  paused: bool(
    7,
    'When true, template changes are not rolled out until it is cleared. Defaults to false.',
  ),
  progressDeadlineSeconds: int32(
    9,
    'Seconds a rollout may go without progress before it is reported as failed. Defaults to 600; ignored while paused.',
  )
    .pointer()
    .default(600),
}) {}

export class DeploymentCondition extends message(
  'One observed aspect of the state of a Deployment.',
  {
    type: string(1, 'The aspect reported: Available, Progressing or ReplicaFailure.').required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    lastUpdateTime: time(6, 'When the controller last refreshed this condition.'),
    lastTransitionTime: time(7, 'When the status of this condition last changed.'),
    reason: string(4, 'Machine-readable word for why the status last changed.'),
    message: string(5, 'Human-readable details about the last change.'),
  },
) {}

export class DeploymentStatus extends message('The observed state of a Deployment.', {
  observedGeneration: int64(1, 'The generation of the spec that this status reflects.'),
  replicas: int32(2, 'How many Pods match the selector and are not terminating.'),
  updatedReplicas: int32(3, 'How many non-terminating Pods were made from the current template.'),
  readyReplicas: int32(7, 'How many non-terminating Pods are Ready.'),
  availableReplicas: int32(
    4,
    'How many non-terminating Pods have been Ready for at least minReadySeconds.',
  ),
  unavailableReplicas: int32(
    5,
    'How many more Pods must become available to reach the wanted count.',
  ),
  terminatingReplicas: int32(
    9,
    'How many Pods are being deleted but have not finished stopping.',
  ).pointer(),
  conditions: listOf(DeploymentCondition, 6, 'The latest observed conditions of the Deployment.')
    .mapKeys('type')
    .patch('merge', 'type'),
  collisionCount: int32(
    8,
    'How many hash collisions occurred when naming new ReplicaSets. Used to choose a fresh name.',
  ).pointer(),
}) {}

export class Deployment extends resource(
  'Keeps a set of identical Pods running and rolls out changes to them through ReplicaSets.',
  {
    plural: 'deployments',
    shortNames: ['deploy'],
    categories: ['all'],
    namespaced: true,
    subresources: [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' }, 'status'],
  },
  {
    spec: ref(DeploymentSpec, 2, 'The Pods wanted and how to roll out changes to them.').written(),
    status: ref(DeploymentStatus, 3, 'What the Deployment controller last observed.').written(),
  },
) {}
