import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { CronJob } from '../../api/batch/v1/cron-job.ts'
import { Job } from '../../api/batch/v1/job.ts'
import { timestamp } from '../../base/clock.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { ttlAfterFinishedController } from '../ttl-after-finished/ttl-after-finished-controller.ts'
import { podTemplate } from '../testing.ts'
import { cronJobController } from './cronjob-controller.ts'

const report = { namespace: 'default', name: 'report' }
const MINUTE_MS = 60_000

const cronJob = (spec: object = {}, jobSpec: object = {}) => {
  const template = { spec: { ...podTemplate('report').spec, restartPolicy: 'Never' as const } }
  return {
    metadata: { ...report },
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template, ...jobSpec } }, ...spec },
  }
}

const setUp = () => testCluster([cronJobController, ttlAfterFinishedController])
const jobs = async ({ client }: TestCluster) => (await client.list(Job)).items

async function complete(cluster: TestCluster, job: Job): Promise<void> {
  const now = timestamp(cluster.clock)
  const met = { type: 'SuccessCriteriaMet', status: 'True', lastTransitionTime: now }
  const conditions = [met, { ...met, type: 'Complete' }]
  await cluster.client.updateStatus(Job, {
    ...job,
    status: { ...job.status, startTime: now, completionTime: now, conditions },
  })
  await cluster.settle()
}

test('a CronJob starts a Job each time its schedule comes up, and follows it', async () => {
  await using cluster = await setUp()
  const { client, clock } = cluster
  await client.create(CronJob, cronJob())
  await cluster.settle()
  assert.equal((await jobs(cluster)).length, 0)
  await clock.advance(6 * MINUTE_MS)
  const [job, ...others] = await jobs(cluster)
  assert.deepEqual(others, [])
  const { status } = await client.get(CronJob, report)
  assert.deepEqual(
    [status.active?.[0]?.name, status.lastScheduleTime],
    [job!.metadata.name, '2026-01-01T00:05:00Z'],
  )
  await complete(cluster, job!)
  const after = await client.get(CronJob, report)
  assert.equal(after.status.active, undefined)
  assert.ok(after.status.lastSuccessfulTime)
  const { name } = job!.metadata
  assert.deepEqual(await cluster.events(), [
    `SuccessfulCreate Created job ${name}`,
    `SawCompletedJob Saw completed job: ${name}, condition: Complete`,
  ])
})

test('a CronJob that forbids it starts no second Job', async () => {
  await using cluster = await setUp()
  const { client, clock } = cluster
  await client.create(CronJob, cronJob({ concurrencyPolicy: 'Forbid' }))
  await clock.advance(11 * MINUTE_MS)
  assert.equal((await jobs(cluster)).length, 1)
  await client.patch(CronJob, report, 'merge', { spec: { concurrencyPolicy: 'Replace' } })
  await clock.advance(5 * MINUTE_MS)
  const [job, ...others] = await jobs(cluster)
  assert.deepEqual(others, [])
  assert.match(
    job!.metadata.annotations!['batch.kubernetes.io/cronjob-scheduled-timestamp']!,
    /00:15/,
  )
})

test('a CronJob keeps only so many Jobs that have ended', async () => {
  await using cluster = await setUp()
  const { client, clock } = cluster
  await client.create(CronJob, cronJob({ successfulJobsHistoryLimit: 2 }))
  for (let i = 0; i < 4; i += 1) {
    await clock.advance(5 * MINUTE_MS + 1000)
    for (const job of await jobs(cluster))
      if (!job.status.completionTime) await complete(cluster, job)
  }
  assert.equal((await jobs(cluster)).length, 2)
})

test('a Job that has ended is deleted after its time to live', async () => {
  await using cluster = await setUp()
  const { client, clock } = cluster
  await client.create(CronJob, cronJob({}, { ttlSecondsAfterFinished: 60 }))
  await clock.advance(6 * MINUTE_MS)
  await complete(cluster, (await jobs(cluster))[0]!)
  await clock.advance(30_000)
  assert.equal((await jobs(cluster))[0]?.metadata.deletionTimestamp, undefined)
  await clock.advance(31_000)
  // Nobody collects garbage here, so the deletion in the foreground does not end.
  assert.ok((await jobs(cluster))[0]?.metadata.deletionTimestamp)
})

test('a CronJob goes by its time zone', async () => {
  await using cluster = await setUp()
  const { client, clock } = cluster
  // It is midnight in London, and one in the morning in Paris.
  await client.create(CronJob, cronJob({ schedule: '10 1 * * *', timeZone: 'Europe/Paris' }))
  await clock.advance(9 * MINUTE_MS)
  assert.deepEqual(await jobs(cluster), [])
  await clock.advance(2 * MINUTE_MS)
  const [job] = await jobs(cluster)
  const { annotations = {} } = job!.metadata
  const scheduled = annotations['batch.kubernetes.io/cronjob-scheduled-timestamp']
  assert.equal(scheduled, '2026-01-01T01:10:00+01:00')
})

test('of the times that were missed only the last is made up for, and only before its deadline', async () => {
  for (const [startingDeadlineSeconds, made] of [
    [undefined, ['2026-01-01T00:55:00Z']],
    [300, ['2026-01-01T00:55:00Z']],
    [60, []],
  ] as const) {
    await using cluster = await setUp()
    const { client, clock } = cluster
    await client.create(CronJob, cronJob({ suspend: true, startingDeadlineSeconds }))
    await clock.advance(57 * MINUTE_MS)
    await client.patch(CronJob, report, 'merge', { spec: { suspend: false } })
    await cluster.settle()
    const times = (await jobs(cluster)).map(
      ({ metadata }) => metadata.annotations!['batch.kubernetes.io/cronjob-scheduled-timestamp'],
    )
    assert.deepEqual(times, made)
  }
})

test('a CronJob that missed too many times says so', async () => {
  await using cluster = await setUp()
  const { client, clock } = cluster
  await client.create(CronJob, cronJob({ schedule: '* * * * *', suspend: true }))
  await clock.advance(120 * MINUTE_MS)
  await client.patch(CronJob, report, 'merge', { spec: { suspend: false } })
  await cluster.settle()
  assert.equal((await jobs(cluster)).length, 1)
  const message =
    'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'
  assert.ok((await cluster.events()).includes(`TooManyMissedTimes ${message}`))
})

test('a Job of a CronJob that it did not start is told of', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const owner = await client.create(CronJob, cronJob())
  const { apiVersion, kind, metadata } = owner
  const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }
  await client.create(Job, {
    metadata: { namespace: 'default', name: 'by-hand', ownerReferences: [reference] },
    spec: { template: cronJob().spec.jobTemplate.spec.template },
  })
  await cluster.settle()
  const message = 'Saw a job that the controller did not create or forgot: by-hand'
  assert.ok((await cluster.events()).includes(`UnexpectedJob ${message}`))
})
