import { invalid, required, unsupported, type FieldError } from '../../../schema/field-error.ts'
import { changeField, withField } from '../../change.ts'
import { defaultPodTemplate } from '../../core/v1/pod-defaults.ts'
import { podTemplateWarnings } from '../../core/v1/pod-warnings.ts'
import { podNameWarnings } from '../../core/v1/replication-controller-strategy.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { NONE, nonNegative, requiredOneOf } from '../../validation/rules.ts'
import { CronJob, type CronJobSpec, type JobTemplateSpec } from './cron-job.ts'
import { CronError, parseCron } from './cron-schedule.ts'
import { jobSpecWarnings, validateJobSpec } from './job-validation.ts'

/** The names of its Jobs are 11 characters longer, and may have 63. */
const NAME_MAX = 52

/** The rules of CronJobs (pkg/registry/batch/cronjob/strategy.go). */
export const cronJobStrategy: Strategy<CronJob> = {
  applyDefaults: (cronJob) => changeField(cronJob, 'spec', defaultSpec),
  ...preparation(CronJob),
  validateCreate: ({ metadata: { name }, spec }) => [
    ...validateSpec(spec),
    ...(name.length > NAME_MAX
      ? [invalid('metadata.name', name, `must be no more than ${NAME_MAX} characters`)]
      : NONE),
  ],
  validateUpdate: ({ spec }, old) => validateSpec(spec, old.spec),
  warnings: ({ metadata, spec }, old) => [
    ...(old ? [] : podNameWarnings(metadata.name)),
    ...jobSpecWarnings(spec.jobTemplate.spec, 'spec.jobTemplate.spec'),
    ...podTemplateWarnings(spec.jobTemplate.spec.template, 'spec.jobTemplate.spec.template'),
    ...(spec.schedule.includes('TZ')
      ? [
          'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
        ]
      : []),
  ],
  status: statusStrategy(),
}

function defaultSpec(spec: CronJobSpec): CronJobSpec {
  return changeField(spec, 'jobTemplate', (template) =>
    changeField(template, 'spec', (job) =>
      withField(job, 'template', defaultPodTemplate(job.template)),
    ),
  )
}

function validateSpec(spec: CronJobSpec, old?: CronJobSpec): FieldError[] {
  return [
    ...validateSchedule(spec, old, 'spec.schedule'),
    ...nonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...(old && old.timeZone === spec.timeZone
      ? NONE
      : validateTimeZone(spec.timeZone, 'spec.timeZone')),
    ...requiredOneOf(
      spec.concurrencyPolicy,
      ['Allow', 'Forbid', 'Replace'],
      'spec.concurrencyPolicy',
    ),
    ...validateJobTemplate(spec.jobTemplate, 'spec.jobTemplate'),
    ...nonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...nonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ]
}

function validateSchedule(
  { schedule, timeZone }: CronJobSpec,
  old: CronJobSpec | undefined,
  path: string,
): FieldError[] {
  if (!schedule) return [required(path)]
  const errors = validateFormat(schedule, path)
  if (!schedule.includes('TZ')) return errors
  const mayStay = old?.schedule.includes('TZ')
  if (!mayStay) {
    const text = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
    return [...errors, invalid(path, schedule, text)]
  }
  const text = 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
  return timeZone === undefined ? errors : [...errors, invalid(path, schedule, text)]
}

function validateFormat(schedule: string, path: string): FieldError[] {
  try {
    parseCron(schedule)
    return NONE
  } catch (error) {
    if (error instanceof CronError) return [invalid(path, schedule, error.message)]
    throw error
  }
}

// https://data.iana.org/time-zones/theory.html#naming, and the digits and signs of older names.
const ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/

function validateTimeZone(zone: string | undefined, path: string): FieldError[] {
  if (zone === undefined) return NONE
  if (!zone) return [invalid(path, zone, 'timeZone must be nil or non-empty string')]
  const unknown = invalid(path, zone, `unknown time zone ${zone}`)
  const isWellFormed = zone
    .split('/')
    .every((part) => part !== '.' && part !== '..' && !part.startsWith('-') && ZONE_PART.test(part))
  if (!isWellFormed) return [unknown]
  if (zone.toLowerCase() === 'local') {
    const text =
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
    return [invalid(path, zone, text)]
  }
  return isTimeZone(zone) ? NONE : [unknown]
}

function isTimeZone(name: string): boolean {
  // Offsets are no names, although Intl takes them.
  if (name.startsWith('+')) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function validateJobTemplate({ spec }: JobTemplateSpec, path: string): FieldError[] {
  return [
    ...validateJobSpec(spec, `${path}.spec`),
    ...(spec.selector
      ? [invalid(`${path}.spec.selector`, spec.selector, '`selector` will be auto-generated')]
      : NONE),
    ...(spec.manualSelector
      ? [unsupported(`${path}.spec.manualSelector`, true, ['nil', 'false'])]
      : NONE),
  ]
}
