import { int32, listOf, ref, string, time } from '../../../schema/field.ts'
import { JobSpec } from './common.ts'
import { message, resource } from './group.ts'

export class JobCondition extends message('One observed aspect of the state of a Job.', {
  type: string(1, 'The aspect reported, such as Complete, Failed or Suspended.').required(),
  status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
  lastProbeTime: time(3, 'When the condition was last checked.'),
  lastTransitionTime: time(4, 'When the status of this condition last changed.'),
  reason: string(5, 'Machine-readable word for why the status last changed.'),
  message: string(6, 'Human-readable details about the last change.'),
}) {}

export class UncountedTerminatedPods extends message(
  'UIDs of finished Pods that the Job status counters do not include yet.',
  {
    succeeded: listOf(
      'string',
      1,
      'UIDs of succeeded Pods that are not yet counted in the status.',
    ).set(),
    failed: listOf(
      'string',
      2,
      'UIDs of failed Pods that are not yet counted in the status.',
    ).set(),
  },
) {}

export class JobStatus extends message('The observed state of a Job.', {
  conditions: listOf(JobCondition, 1, 'The latest observed conditions of the Job.')
    .atomic()
    .patch('merge', 'type'),
  startTime: time(
    2,
    'When the controller began working on the Job. Unset while suspended, reset on resume.',
  ).pointer(),
  completionTime: time(3, 'When the Job finished successfully. Unset for failed Jobs.').pointer(),
  active: int32(4, 'How many Pods are pending or running and not being deleted.'),
  succeeded: int32(5, 'How many Pods have succeeded.'),
  failed: int32(6, 'How many Pods have failed.'),
  terminating: int32(
    11,
    'How many Pods are being deleted but have not finished stopping.',
  ).pointer(),
  completedIndexes: string(
    7,
    'Indexes that succeeded, as numbers and ranges such as 1,3-5. Indexed Jobs only.',
  ),
  failedIndexes: string(
    10,
    'Indexes that failed for good, as numbers and ranges such as 1,3-5. Needs backoffLimitPerIndex.',
  ).pointer(),
  uncountedTerminatedPods: ref(
    UncountedTerminatedPods,
    8,
    'Finished Pods not yet added to the counters.',
  ),
  ready: int32(9, 'How many active Pods are Ready and not being deleted.').pointer(),
}) {}

export class Job extends resource(
  'Runs Pods until a given number of them succeed.',
  { plural: 'jobs', categories: ['all'], namespaced: true, subresources: ['status'] },
  {
    spec: ref(JobSpec, 2, 'The Pods to run and when the Job is done.').written(),
    status: ref(JobStatus, 3, 'What the Job controller last observed.').written(),
  },
) {}
