import { bool, int32, int64, listOf, ref, string, time } from '../../../schema/field.ts'
import { ObjectReference } from '../../core/v1/reference.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { JobSpec } from './common.ts'
import { message, resource } from './group.ts'

export class JobTemplateSpec extends message('The Job that a CronJob creates.', {
  metadata: ref(
    ObjectMeta,
    1,
    'Labels and annotations that what is made from the template gets.',
  ).written(),
  spec: ref(JobSpec, 2, 'The spec that each Job gets.').written(),
}) {}

export class CronJobSpec extends message('The wanted behaviour of a CronJob.', {
  schedule: string(1, 'When to run, in five-field cron format.').required(),
  timeZone: string(
    8,
    'Name of the time zone of the schedule, such as Europe/Paris. Defaults to that of the controller manager.',
  ).pointer(),
  startingDeadlineSeconds: int64(
    2,
    'Seconds a late run may still be started. Runs missed by more count as failed; no limit when unset.',
  ).pointer(),
  concurrencyPolicy: string(
    3,
    'What to do when the last run is still going: Allow both, Forbid the new one, or Replace the old. Defaults to Allow.',
  )
    .oneOf('Allow', 'Forbid', 'Replace')
    .default('Allow'),
  suspend: bool(4, 'When true, no new runs are started; running Jobs go on. Defaults to false.')
    .pointer()
    .default(false),
  jobTemplate: ref(JobTemplateSpec, 5, 'The Job to create at each run.').required(),
  successfulJobsHistoryLimit: int32(6, 'How many succeeded Jobs to keep. Defaults to 3.')
    .pointer()
    .default(3),
  failedJobsHistoryLimit: int32(7, 'How many failed Jobs to keep. Defaults to 1.')
    .pointer()
    .default(1),
}) {}

export class CronJobStatus extends message('The observed state of a CronJob.', {
  active: listOf(ObjectReference, 1, 'The Jobs that are currently running.').atomic(),
  lastScheduleTime: time(4, 'When a Job was last scheduled successfully.').pointer(),
  lastSuccessfulTime: time(5, 'When a Job last completed successfully.').pointer(),
}) {}

export class CronJob extends resource(
  'Creates Jobs on a repeating schedule.',
  {
    plural: 'cronjobs',
    shortNames: ['cj'],
    categories: ['all'],
    namespaced: true,
    subresources: ['status'],
  },
  {
    spec: ref(
      CronJobSpec,
      2,
      'When to create Jobs, from which template, and how many to keep.',
    ).required(),
    status: ref(CronJobStatus, 3, 'What the CronJob controller last observed.').written(),
  },
) {}
