import { int32, int64, listOf, mapOf, ref, string, time } from '../../../schema/field.ts'
import { PodTemplateSpec } from './common.ts'
import { message, resource } from './group.ts'

export class ReplicationControllerSpec extends message(
  'Desired behavior of a ReplicationController.',
  {
    replicas: int32(1, 'How many Pods to run. Defaults to 1.').pointer().default(1).told(),
    minReadySeconds: int32(
      4,
      'Seconds a new Pod must stay ready to count as available. Defaults to 0.',
    )
      .default(0)
      .told(),
    selector: mapOf(
      'string',
      2,
      'Labels of the Pods to count. Defaults to the labels of the template.',
    ).atomic(),
    template: ref(
      PodTemplateSpec,
      3,
      'Pod to make when there are too few. Its restartPolicy must be Always.',
    ),
  },
) {}

export class ReplicationControllerCondition extends message(
  'One observed fact about a ReplicationController.',
  {
    type: string(1, 'Kind of condition, such as ReplicaFailure.').required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    lastTransitionTime: time(3, 'When the status last changed.'),
    reason: string(4, 'Short machine-readable reason for the last change.'),
    message: string(5, 'Human-readable text about the last change.'),
  },
) {}

export class ReplicationControllerStatus extends message(
  'Observed state of a ReplicationController.',
  {
    replicas: int32(1, 'Number of Pods that exist.').required(),
    fullyLabeledReplicas: int32(2, 'Number of Pods that carry all labels of the template.'),
    readyReplicas: int32(4, 'Number of Pods that are ready.'),
    availableReplicas: int32(5, 'Number of Pods that have been ready for minReadySeconds.'),
    observedGeneration: int64(3, 'metadata.generation that the controller last acted on.'),
    conditions: listOf(
      ReplicationControllerCondition,
      6,
      'The latest observed conditions of the ReplicationController.',
    )
      .mapKeys('type')
      .patch('merge', 'type'),
  },
) {}

export class ReplicationController extends resource(
  'Keeps a given number of equal Pods running. Deployments and ReplicaSets are preferred.',
  {
    plural: 'replicationcontrollers',
    shortNames: ['rc'],
    categories: ['all'],
    namespaced: true,
    subresources: [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' }, 'status'],
  },
  {
    spec: ref(
      ReplicationControllerSpec,
      2,
      'How many Pods to keep, which ones count, and the template for new ones.',
    ).written(),
    status: ref(
      ReplicationControllerStatus,
      3,
      'How many Pods there are, and how many of them are ready.',
    ).written(),
  },
) {}
