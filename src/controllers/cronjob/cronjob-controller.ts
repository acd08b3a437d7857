import { CronJob } from '../../api/batch/v1/cron-job.ts'
import { CronError, parseCron, type CronSchedule } from '../../api/batch/v1/cron-schedule.ts'
import { Job } from '../../api/batch/v1/job.ts'
import { equal } from '../../apimachinery/equality.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/status-predicates.ts'
import { timestampOf } from '../../base/clock.ts'
import { exponentialBuckets, type Histogram, type MetricSet } from '../../base/metrics.ts'
import {
  controller,
  done,
  requeueAfter,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import { isNamespaceTerminating } from '../common/pod-control.ts'
import { endOf, jobFor, planHistory, planRun, type DuePlan } from './cronjob-plan.ts'
import { UTC, zoneNamed, type Zone } from './zone.ts'

type Status = CronJob['status']
type ActiveReference = NonNullable<Status['active']>[number]

// The clock that scheduled and the one that looks may differ by this much.
const SLACK_MS = 100

/** Starts a Job of each CronJob whenever its schedule comes up. */
export const cronJobController: Controller = controller('cronjob-controller', {
  for: CronJob,
  owns: [Job],

  async reconcile(cronJob, pass) {
    const jobs = pass.cache.controlledBy(Job, cronJob)
    for (const job of planHistory(cronJob, jobs)) await deleteJob(cronJob, job, pass)
    const followed = await save(cronJob, await followJobs(cronJob, jobs, pass), pass)
    const { spec, metadata } = followed
    if (metadata.deletionTimestamp !== undefined || spec.suspend) return done
    const timing = timingOf(followed, pass)
    if (!timing) return done

    const { schedule, zone } = timing
    const nowMs = pass.clock.now()
    const plan = planRun(followed, schedule, zone, nowMs)
    await carryOut(followed, plan, zone, pass)
    return requeueAfter(plan.nextMs === undefined ? undefined : plan.nextMs - nowMs + SLACK_MS)
  },
})

/** Reads schedule and time zone; undefined, and an event, where they cannot be read. */
function timingOf(
  cronJob: CronJob,
  { events }: Pass,
): { readonly schedule: CronSchedule; readonly zone: Zone } | undefined {
  const { schedule, timeZone } = cronJob.spec
  let zone = UTC
  try {
    if (timeZone !== undefined) zone = zoneNamed(timeZone)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const message = `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`
    events.warning(cronJob, 'UnknownTimeZone', message)
    return undefined
  }
  try {
    return { schedule: parseCron(schedule), zone }
  } catch (error) {
    if (!(error instanceof CronError)) throw error
    const message = `unparseable schedule: ${schedule} : ${error.message}`
    events.warning(cronJob, 'UnparseableSchedule', message)
    return undefined
  }
}

/** The status after what has become of the Jobs that were running. */
async function followJobs(
  cronJob: CronJob,
  jobs: readonly Job[],
  { events, client }: Pass,
): Promise<Status> {
  const { status } = cronJob
  let active: readonly ActiveReference[] = status.active ?? []
  let { lastSuccessfulTime } = status
  const isActive = ({ metadata }: Job): boolean => active.some(({ uid }) => uid === metadata.uid)
  for (const job of jobs) {
    const end = endOf(job)
    const { name, uid } = job.metadata
    if (!end && !isActive(job)) {
      const message = `Saw a job that the controller did not create or forgot: ${name}`
      events.warning(cronJob, 'UnexpectedJob', message)
    }
    if (end && isActive(job)) {
      active = active.filter((each) => each.uid !== uid)
      events.normal(cronJob, 'SawCompletedJob', `Saw completed job: ${name}, condition: ${end}`)
    }
    const { completionTime } = job.status
    if (end === 'Complete' && completionTime && completionTime > (lastSuccessfulTime ?? '')) {
      lastSuccessfulTime = completionTime
    }
  }
  for (const reference of active) {
    if (jobs.some(({ metadata }) => metadata.uid === reference.uid)) continue
    const { name = '' } = reference
    if (await isThere(reference, cronJob, client)) continue
    active = active.filter((each) => each !== reference)
    events.normal(cronJob, 'MissingJob', `Active job went missing: ${name}`)
  }
  const { active: _, ...rest } = status
  return {
    ...rest,
    ...(active.length > 0 && { active }),
    ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }),
  }
}

async function isThere(
  { name = '', uid }: ActiveReference,
  { metadata }: CronJob,
  client: Pass['client'],
): Promise<boolean> {
  try {
    const job = await client.get(Job, { namespace: metadata.namespace, name })
    return job.metadata.uid === uid
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function carryOut(
  cronJob: CronJob,
  { run, isTooMany }: DuePlan,
  zone: Zone,
  pass: Pass,
): Promise<void> {
  const { events } = pass
  if (isTooMany) {
    const message =
      'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'
    events.warning(cronJob, 'TooManyMissedTimes', message)
  }
  switch (run.type) {
    case 'wait':
      return
    case 'missed':
      events.warning(
        cronJob,
        'MissSchedule',
        `Missed scheduled time to start a job: ${rfc1123(run.atMs)}`,
      )
      return
    case 'forbidden': {
      const message =
        'Not starting job because prior execution is running and concurrency policy is Forbid'
      events.normal(cronJob, 'JobAlreadyActive', message)
      return
    }
    case 'run': {
      const kept = run.replace ? await replaceActive(cronJob, pass) : cronJob
      await start(kept, run.atMs, zone, pass)
      return
    }
    default:
      run satisfies never
  }
}

async function replaceActive(cronJob: CronJob, pass: Pass): Promise<CronJob> {
  for (const { name = '' } of cronJob.status.active ?? []) {
    const job = pass.cache.get(Job, { namespace: cronJob.metadata.namespace, name })
    if (job) await deleteJob(cronJob, job, pass)
  }
  const { active: _, ...status } = cronJob.status
  return save(cronJob, status, pass)
}

async function start(cronJob: CronJob, atMs: number, zone: Zone, pass: Pass): Promise<void> {
  const { client, events, metrics } = pass
  const job = await createJob(cronJob, atMs, zone, pass)
  if (!job) return
  const { name, namespace, uid, resourceVersion, creationTimestamp } = job.metadata
  metrics.own(skewSeconds).observe((Date.parse(creationTimestamp) - atMs) / 1000)
  events.normal(cronJob, 'SuccessfulCreate', `Created job ${name}`)
  const { apiVersion, kind } = job
  const reference = { apiVersion, kind, namespace, name, uid, resourceVersion }
  await client.updateStatus(CronJob, {
    ...cronJob,
    status: {
      ...cronJob.status,
      active: [...(cronJob.status.active ?? []), reference],
      lastScheduleTime: timestampOf(atMs),
    },
  })
}

async function createJob(
  cronJob: CronJob,
  atMs: number,
  zone: Zone,
  { client, events }: Pass,
): Promise<Job | undefined> {
  const job = jobFor(cronJob, zone, atMs)
  try {
    return await client.create(Job, job)
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined
    if (isAlreadyExists(error)) {
      const { namespace } = cronJob.metadata
      const found = await client.get(Job, { namespace, name: job.metadata?.name ?? '' })
      // Started by a pass that did not get to say so.
      if (controllerOf(found)?.uid === cronJob.metadata.uid) return found
    }
    events.warning(cronJob, 'FailedCreate', `Error creating job: ${(error as Error).message}`)
    throw error
  }
}

async function deleteJob(cronJob: CronJob, { metadata }: Job, { client, events }: Pass) {
  const { uid, name } = metadata
  try {
    await client.delete(Job, metadata, {
      propagationPolicy: 'Background',
      preconditions: { uid },
    })
  } catch (error) {
    if (isNotFound(error)) return
    events.warning(cronJob, 'FailedDelete', `Deleted job: ${(error as Error).message}`)
    throw error
  }
  events.normal(cronJob, 'SuccessfulDelete', `Deleted job ${name}`)
}

async function save(cronJob: CronJob, status: Status, { client }: Pass): Promise<CronJob> {
  if (equal(status, cronJob.status)) return cronJob
  return client.updateStatus(CronJob, { ...cronJob, status })
}

/** As `Mon, 02 Jan 2006 15:04:05 +0000`. */
function rfc1123(utcMs: number): string {
  return new Date(utcMs).toUTCString().replace('GMT', '+0000')
}

const skewSeconds = (set: MetricSet): Histogram =>
  set
    .histogram({
      name: 'cronjob_controller_job_creation_skew_duration_seconds',
      help: 'Time between when a cronjob is scheduled to be run, and when the corresponding job is created',
      buckets: exponentialBuckets(1, 2, 10),
    })
    .with()
