import { int32, int64, listOf, ref, string, time } from '../../../schema/field.ts'
import { PodTemplateSpec } from '../../core/v1/common.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { message, resource } from './group.ts'

export class ReplicaSetSpec extends message('The wanted state of a ReplicaSet.', {
  replicas: int32(1, 'How many Pods to run. Defaults to 1; an explicit 0 is allowed.')
    .pointer()
    .default(1),
  minReadySeconds: int32(
    4,
    'Seconds a new Pod must stay ready, without a container crash, before it counts as available. Defaults to 0.',
  ),
  selector: ref(
    LabelSelector,
    2,
    'Labels that pick the Pods to count. Must match the template labels and cannot be changed later.',
  ).requiredPointer(),
  template: ref(PodTemplateSpec, 3, 'The Pod to create whenever there are too few.').written(),
}) {}

export class ReplicaSetCondition extends message(
  'One observed aspect of the state of a ReplicaSet.',
  {
    type: string(1, 'The aspect reported, such as ReplicaFailure.').required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    lastTransitionTime: time(3, 'When the status of this condition last changed.'),
    reason: string(4, 'Machine-readable word for why the status last changed.'),
    message: string(5, 'Human-readable details about the last change.'),
  },
) {}

export class ReplicaSetStatus extends message('The observed state of a ReplicaSet.', {
  replicas: int32(1, 'How many non-terminating Pods were observed.').required(),
  fullyLabeledReplicas: int32(
    2,
    'How many non-terminating Pods carry all the labels of the template.',
  ),
  readyReplicas: int32(4, 'How many non-terminating Pods are Ready.'),
  availableReplicas: int32(
    5,
    'How many non-terminating Pods have been Ready for at least minReadySeconds.',
  ),
  terminatingReplicas: int32(
    7,
    'How many Pods are being deleted but have not finished stopping.',
  ).pointer(),
  observedGeneration: int64(3, 'The generation of the spec that this status reflects.'),
  conditions: listOf(ReplicaSetCondition, 6, 'The latest observed conditions of the ReplicaSet.')
    .mapKeys('type')
    .patch('merge', 'type'),
}) {}

export class ReplicaSet extends resource(
  'Keeps a given number of identical Pods running.',
  {
    plural: 'replicasets',
    shortNames: ['rs'],
    categories: ['all'],
    namespaced: true,
    subresources: [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' }, 'status'],
  },
  {
    spec: ref(ReplicaSetSpec, 2, 'The wanted number of Pods and the template for them.').written(),
    status: ref(
      ReplicaSetStatus,
      3,
      'What the ReplicaSet controller last observed. May lag slightly behind.',
    ).written(),
  },
) {}
