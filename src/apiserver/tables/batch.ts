import type { CronJob } from '../../api/batch/v1/cron-job.ts'
import type { Job } from '../../api/batch/v1/job.ts'
import { isConditionTrue } from '../../api/meta/v1/conditions.ts'
import { boolCell, containerCells, NONE, selectorCell } from './cells.ts'
import { AGE, column, NAME, tableFor, type Ages, type TableEntry } from './table.ts'
import { CONTAINERS, SELECTOR } from './workloads.ts'

export const BATCH_TABLES: readonly TableEntry[] = [
  tableFor<Job>('batch', 'Job', {
    columns: [
      NAME,
      column('Status', 'Running, Complete, Failed, Suspended or what else the Job is doing.'),
      column('Completions', 'How many Pods succeeded, of how many.'),
      column('Duration', 'How long the Job took, or has taken so far.'),
      AGE,
      ...CONTAINERS,
      SELECTOR,
    ],
    cells: (job, ages) => [
      job.metadata.name,
      statusCell(job),
      completionsCell(job),
      durationCell(job, ages),
      ages.since(job.metadata.creationTimestamp),
      ...containerCells(job.spec.template.spec?.containers),
      selectorCell(job.spec.selector),
    ],
  }),
  tableFor<CronJob>('batch', 'CronJob', {
    columns: [
      NAME,
      column('Schedule', 'When Jobs are created, in cron form.'),
      column('Timezone', 'The time zone of the schedule.'),
      column('Suspend', 'Whether no Jobs are created.', 'boolean'),
      column('Active', 'How many Jobs of the CronJob run now.', 'integer'),
      column('Last Schedule', 'How long ago a Job was last created.'),
      AGE,
      ...CONTAINERS,
      SELECTOR,
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      spec.schedule,
      spec.timeZone ?? NONE,
      boolCell(spec.suspend),
      status.active?.length ?? 0,
      status.lastScheduleTime === undefined ? NONE : ages.since(status.lastScheduleTime),
      ages.since(metadata.creationTimestamp),
      ...containerCells(spec.jobTemplate.spec.template.spec?.containers),
      selectorCell(spec.jobTemplate.spec.selector),
    ],
  }),
]

function statusCell({ metadata, status: { conditions } }: Job): string {
  if (isConditionTrue(conditions, 'Complete')) return 'Complete'
  if (isConditionTrue(conditions, 'Failed')) return 'Failed'
  if (metadata.deletionTimestamp !== undefined) return 'Terminating'
  if (isConditionTrue(conditions, 'Suspended')) return 'Suspended'
  return isConditionTrue(conditions, 'FailureTarget') ? 'FailureTarget' : 'Running'
}

function completionsCell({ spec, status: { succeeded = 0 } }: Job): string {
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`
  const { parallelism = 0 } = spec
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function durationCell({ status: { startTime, completionTime } }: Job, ages: Ages): string {
  if (startTime === undefined) return ''
  return completionTime === undefined
    ? ages.since(startTime)
    : ages.between(startTime, completionTime)
}
