import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { CronJob } from '../../api/batch/v1/cron-job.ts'
import { parseCron } from '../../api/batch/v1/cron-schedule.ts'
import { jobFor, planRun } from './cronjob-plan.ts'
import { missedTimes, nextTime } from './schedule.ts'
import { UTC, zoneNamed } from './zone.ts'

const at = (time: string) => Date.parse(time)
const text = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())

/** Schedule, time, next time in UTC. */
const NEXT: readonly (readonly [string, string, string | undefined])[] = [
  ['*/15 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:15:00.000Z'],
  ['*/15 * * * *', '2026-01-01T00:14:59.999Z', '2026-01-01T00:15:00.000Z'],
  ['0 3 * * *', '2026-01-01T03:00:00Z', '2026-01-02T03:00:00.000Z'],
  ['0 0 1 * *', '2026-01-31T12:00:00Z', '2026-02-01T00:00:00.000Z'],
  ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['0 0 30 2 *', '2026-01-01T00:00:00Z', undefined],
  ['0 0 13 * 5', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00.000Z'],
  ['30 8 * * mon-fri', '2026-01-02T09:00:00Z', '2026-01-05T08:30:00.000Z'],
  ['@hourly', '2026-01-01T00:30:00Z', '2026-01-01T01:00:00.000Z'],
  ['@every 1h30m', '2026-01-01T00:00:10.500Z', '2026-01-01T01:30:10.000Z'],
]

test('nextTime() finds when a schedule comes up next', () => {
  for (const [schedule, after, next] of NEXT) {
    assert.equal(text(nextTime(parseCron(schedule), UTC, at(after))), next, schedule)
  }
})

test('nextTime() goes by the clocks of the time zone, also when they are changed', () => {
  const paris = zoneNamed('Europe/Paris')
  const daily = parseCron('30 2 * * *')
  const next = (after: string, schedule = daily) => text(nextTime(schedule, paris, at(after)))
  assert.equal(next('2026-01-01T00:00:00Z'), '2026-01-01T01:30:00.000Z')
  assert.equal(next('2026-07-01T00:00:00Z'), '2026-07-01T00:30:00.000Z')
  // On 29 March 2026 there is no half past two.
  assert.equal(next('2026-03-28T12:00:00Z'), '2026-03-30T00:30:00.000Z')
  // On 25 October 2026 there are two.
  assert.equal(next('2026-10-24T12:00:00Z'), '2026-10-25T00:30:00.000Z')
  const every = parseCron('*/30 * * * *')
  assert.equal(next('2026-10-25T00:30:00Z', every), '2026-10-25T01:00:00.000Z')
  assert.equal(next('2026-10-25T01:30:00Z', every), '2026-10-25T02:00:00.000Z')
})

test('missedTimes() finds the last of them, and tells when there are too many', () => {
  const hourly = parseCron('0 * * * *')
  const missed = (since: string, now: string) => {
    const { last, isTooMany } = missedTimes(hourly, UTC, at(since), at(now))
    return [text(last), isTooMany]
  }
  assert.deepEqual(missed('2026-01-01T00:00:00Z', '2026-01-01T00:59:00Z'), [undefined, false])
  assert.deepEqual(missed('2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z'), [
    '2026-01-01T01:00:00.000Z',
    false,
  ])
  assert.deepEqual(missed('2026-01-01T00:00:00Z', '2026-01-03T05:30:00Z'), [
    '2026-01-03T05:00:00.000Z',
    false,
  ])
  assert.deepEqual(missed('2026-01-01T00:00:00Z', '2026-02-01T05:30:00Z'), [
    '2026-02-01T05:00:00.000Z',
    true,
  ])
})

function cronJob(spec: Partial<CronJob['spec']> = {}, status: CronJob['status'] = {}): CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: 'report',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:30:00Z',
    },
    spec: {
      schedule: '0 * * * *',
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { metadata: {}, spec: {} } as never,
      ...spec,
    },
    status,
  }
}

const plan = (of: CronJob, now: string) =>
  planRun(of, parseCron(of.spec.schedule), UTC, at(now)).run

test('planRun() runs once for each time, and not for what was missed by too much', () => {
  const atMs = at('2026-01-01T01:00:00Z')
  assert.deepEqual(plan(cronJob(), '2026-01-01T00:59:00Z'), { type: 'wait' })
  assert.deepEqual(plan(cronJob(), '2026-01-01T01:00:01Z'), { type: 'run', atMs, replace: false })
  const ran = cronJob({}, { lastScheduleTime: '2026-01-01T01:00:00Z' })
  assert.deepEqual(plan(ran, '2026-01-01T01:30:00Z'), { type: 'wait' })
  const strict = cronJob({ startingDeadlineSeconds: 60 })
  assert.deepEqual(plan(strict, '2026-01-01T01:02:00Z'), { type: 'wait' })
})

test('planRun() goes by the concurrency policy', () => {
  const active = [{ name: 'report-1', uid: 'x' }]
  const type = (concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace') => {
    const run = plan(cronJob({ concurrencyPolicy }, { active }), '2026-01-01T01:00:01Z')
    return run.type === 'run' ? [run.type, run.replace] : run.type
  }
  assert.deepEqual(type('Allow'), ['run', false])
  assert.deepEqual(type('Replace'), ['run', true])
  assert.equal(type('Forbid'), 'forbidden')
})

test('jobFor() names the run by its minute, and tells the time in its zone', () => {
  const { metadata } = jobFor(cronJob(), zoneNamed('Asia/Kolkata'), at('2026-01-01T01:00:00Z'))
  assert.equal(metadata?.name, 'report-29453820')
  assert.deepEqual(metadata?.annotations, {
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T06:30:00+05:30',
  })
})
