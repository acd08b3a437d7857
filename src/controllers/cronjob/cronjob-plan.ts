import type { CronJob } from '../../api/batch/v1/cron-job.ts'
import type { CronSchedule } from '../../api/batch/v1/cron-schedule.ts'
import type { Job } from '../../api/batch/v1/job.ts'
import { controllerReferenceTo } from '../../apimachinery/owner-references.ts'
import type { Input } from '../../schema/message.ts'
import { isConditionTrue } from '../../api/meta/v1/conditions.ts'
import { missedTimes, nextTime } from './schedule.ts'
import type { Zone } from './zone.ts'

type RunPlan =
  /** It is not time yet, or what was to run does. */
  | { readonly type: 'wait' }
  | { readonly type: 'run'; readonly atMs: number; readonly replace: boolean }
  /** It was to run, and cannot any more. */
  | { readonly type: 'missed'; readonly atMs: number }
  /** It was to run, and may not beside the last one. */
  | { readonly type: 'forbidden'; readonly atMs: number }

export interface DuePlan {
  readonly run: RunPlan
  readonly isTooMany: boolean
  /** When to look again; undefined where the schedule does not come up any more. */
  readonly nextMs: number | undefined
}

/** Whether a CronJob is to run now, and when next. */
export function planRun(
  { metadata, spec, status }: CronJob,
  schedule: CronSchedule,
  zone: Zone,
  nowMs: number,
): DuePlan {
  const { startingDeadlineSeconds, concurrencyPolicy } = spec
  const lastMs = Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp)
  const deadlineMs = startingDeadlineSeconds === undefined ? 0 : startingDeadlineSeconds * 1000
  const sinceMs = deadlineMs === 0 ? lastMs : Math.max(lastMs, nowMs - deadlineMs)
  const { last: atMs, isTooMany } = missedTimes(schedule, zone, sinceMs, nowMs)
  const nextMs = nextTime(schedule, zone, nowMs)
  const plan = (run: RunPlan): DuePlan => ({ run, isTooMany, nextMs })

  if (atMs === undefined || atMs === lastMs) return plan({ type: 'wait' })
  if (deadlineMs > 0 && atMs + deadlineMs < nowMs) return plan({ type: 'missed', atMs })
  const active = status.active ?? []
  if (active.some(({ name }) => name === jobName(metadata.name, atMs)))
    return plan({ type: 'wait' })
  if (concurrencyPolicy === 'Forbid' && active.length > 0) return plan({ type: 'forbidden', atMs })
  return plan({ type: 'run', atMs, replace: concurrencyPolicy === 'Replace' })
}

/** The name of a run's Job: that of the CronJob, and the minute. */
function jobName(cronJob: string, atMs: number): string {
  return `${cronJob}-${Math.floor(atMs / 60_000)}`
}

const SCHEDULED_TIMESTAMP = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

/** The Job of a run. */
export function jobFor(cronJob: CronJob, zone: Zone, atMs: number): Input<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate
  const { labels, annotations } = metadata
  return {
    metadata: {
      namespace: cronJob.metadata.namespace,
      name: jobName(cronJob.metadata.name, atMs),
      ...(labels && { labels }),
      annotations: { ...annotations, [SCHEDULED_TIMESTAMP]: zonedTime(zone, atMs) },
      ownerReferences: [controllerReferenceTo(cronJob)],
    },
    spec,
  }
}

/** RFC 3339 with the zone's offset. */
function zonedTime(zone: Zone, utcMs: number): string {
  const offsetMinutes = zone.offsetMs(utcMs) / 60_000
  const wall = new Date(utcMs + offsetMinutes * 60_000).toISOString().slice(0, 19)
  if (offsetMinutes === 0) return `${wall}Z`
  const size = Math.abs(offsetMinutes)
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  return `${wall}${offsetMinutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`
}

/** How a Job has ended; undefined while it runs. */
export function endOf({ status }: Job): 'Complete' | 'Failed' | undefined {
  return (['Complete', 'Failed'] as const).find((type) => isConditionTrue(status.conditions, type))
}

/** The Jobs that have ended and are too many to keep: the oldest. */
export function planHistory({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const surplus = (end: 'Complete' | 'Failed', limit: number): readonly Job[] => {
    const ended = jobs.filter((job) => endOf(job) === end).toSorted(byStart)
    return ended.slice(0, Math.max(0, ended.length - limit))
  }
  return [
    ...surplus('Complete', spec.successfulJobsHistoryLimit),
    ...surplus('Failed', spec.failedJobsHistoryLimit),
  ]
}

function byStart(a: Job, b: Job): number {
  const start = ({ status, metadata }: Job): number =>
    Date.parse(status.startTime ?? metadata.creationTimestamp)
  return start(a) - start(b) || (a.metadata.name < b.metadata.name ? -1 : 1)
}
