import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { CronJob } from '../../../src/api/batch/v1/cron-job.ts'
import { Job } from '../../../src/api/batch/v1/job.ts'
import type { Input } from '../../../src/schema/message.ts'
import { conformance } from '../conformance.ts'
import { apps, HELD, template } from './apps.ts'

/** Makes a Job every minute, whose Pods never end. */
function cronJob(namespace: string, more: Partial<Input<CronJob>['spec']>): Input<CronJob> {
  const held = template('cron', { spec: { ...HELD, restartPolicy: 'OnFailure' } })
  return {
    metadata: { namespace, name: 'cron' },
    spec: { schedule: '*/1 * * * ?', jobTemplate: { spec: { template: held } }, ...more },
  }
}

describe('CronJob', () => {
  const app = apps({ nodes: 1 })
  const activeOf = async (namespace: string): Promise<readonly (string | undefined)[]> => {
    const { status } = await app.client.get(CronJob, { namespace, name: 'cron' })
    return (status.active ?? []).map(({ name }) => name)
  }
  const jobsOf = async (namespace: string): Promise<readonly string[]> => {
    const { items } = await app.client.list(Job, { namespace })
    return items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name)
  }
  const firstJob = (namespace: string) =>
    app.cluster.eventually(
      async () => {
        const active = await activeOf(namespace)
        assert.equal(active.length, 1)
        return active
      },
      { within: '2m' },
    )

  conformance(
    '[sig-apps] CronJob should schedule multiple jobs concurrently [Conformance]',
    async () => {
      const namespace = await app.namespace('concurrent')
      await app.client.create(CronJob, cronJob(namespace, { concurrencyPolicy: 'Allow' }))
      await app.cluster.eventually(
        async () => {
          const active = await activeOf(namespace)
          assert.ok(active.length >= 2)
          assert.deepEqual(new Set(active), new Set(await jobsOf(namespace)))
        },
        { within: '5m' },
      )
    },
  )

  conformance(
    '[sig-apps] CronJob should not schedule jobs when suspended [Conformance] [Slow]',
    async () => {
      const namespace = await app.namespace('suspended')
      await app.client.create(CronJob, cronJob(namespace, { suspend: true }))
      await app.cluster.clock.advance('5m')
      assert.deepEqual(await activeOf(namespace), [])
      assert.deepEqual(await jobsOf(namespace), [])
    },
  )

  conformance(
    '[sig-apps] CronJob should not schedule new jobs when ForbidConcurrent [Conformance] [Slow]',
    async () => {
      const namespace = await app.namespace('forbid')
      await app.client.create(CronJob, cronJob(namespace, { concurrencyPolicy: 'Forbid' }))
      const first = await firstJob(namespace)
      await app.cluster.clock.advance('5m')
      assert.deepEqual(await activeOf(namespace), first)
      assert.deepEqual(await jobsOf(namespace), first)
    },
  )

  conformance(
    '[sig-apps] CronJob should replace jobs when ReplaceConcurrent [Conformance]',
    async () => {
      const namespace = await app.namespace('replace')
      await app.client.create(CronJob, cronJob(namespace, { concurrencyPolicy: 'Replace' }))
      const first = await firstJob(namespace)
      await app.cluster.eventually(
        async () => {
          const active = await activeOf(namespace)
          assert.equal(active.length, 1)
          assert.notDeepEqual(active, first)
          assert.deepEqual(await jobsOf(namespace), active)
        },
        { within: '2m' },
      )
    },
  )
})
