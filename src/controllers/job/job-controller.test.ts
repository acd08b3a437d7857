import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Job } from '../../api/batch/v1/job.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { podsOf, podTemplate } from '../testing.ts'
import { jobController } from './job-controller.ts'

const sum = { namespace: 'default', name: 'sum' }

const job = (more: object = {}) => {
  const { spec } = podTemplate('sum')
  return {
    metadata: { ...sum },
    spec: { template: { spec: { ...spec, restartPolicy: 'Never' as const } }, ...more },
  }
}

const setUp = () => testCluster([jobController()])
const active = async (cluster: TestCluster) =>
  (await podsOf(cluster)).filter(
    ({ status, metadata }) =>
      !['Succeeded', 'Failed'].includes(status.phase) && metadata.deletionTimestamp === undefined,
  )

async function end(cluster: TestCluster, pod: Pod, phase: 'Succeeded' | 'Failed') {
  const fresh = await cluster.client.get(Pod, pod.metadata)
  await cluster.client.updateStatus(Pod, { ...fresh, status: { ...fresh.status, phase } })
  await cluster.settle()
}

async function status({ client }: TestCluster) {
  const {
    conditions = [],
    startTime: _,
    completionTime: __,
    ...counts
  } = (await client.get(Job, sum)).status
  const told = conditions.map(({ type, status: holds, reason }) => `${type} ${holds} ${reason}`)
  return { ...counts, conditions: told }
}

test('a Job runs until enough Pods have succeeded', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Job, job({ completions: 3, parallelism: 2 }))
  await cluster.settle()
  const first = await active(cluster)
  assert.equal(first.length, 2)
  assert.equal((await status(cluster)).active, 2)
  for (const pod of first) await end(cluster, pod, 'Succeeded')
  const second = await active(cluster)
  assert.equal(second.length, 1)
  await end(cluster, second[0]!, 'Succeeded')
  assert.deepEqual(await status(cluster), {
    succeeded: 3,
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
    conditions: ['SuccessCriteriaMet True CompletionsReached', 'Complete True CompletionsReached'],
  })
  assert.ok((await podsOf(cluster)).every(({ metadata }) => !metadata.finalizers))
  assert.ok((await cluster.events()).includes('Completed Job completed'))
})

test('a Job replaces failed Pods after a while, and gives up after too many', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Job, job({ backoffLimit: 1 }))
  await cluster.settle()
  await end(cluster, (await active(cluster))[0]!, 'Failed')
  assert.equal((await active(cluster)).length, 0)
  await cluster.clock.advance(11_000)
  const [second] = await active(cluster)
  await end(cluster, second!, 'Failed')
  await cluster.clock.advance(60_000)
  const { failed, conditions } = await status(cluster)
  assert.equal(failed, 2)
  assert.deepEqual(conditions, [
    'FailureTarget True BackoffLimitExceeded',
    'Failed True BackoffLimitExceeded',
  ])
  const events = await cluster.events()
  assert.ok(events.includes('BackoffLimitExceeded Job has reached the specified backoff limit'))
})

test('an Indexed Job runs each index once', async () => {
  await using cluster = await setUp()
  const indexed = { completions: 3, parallelism: 3, completionMode: 'Indexed' }
  await cluster.client.create(Job, job(indexed))
  await cluster.settle()
  const indexes = (pods: readonly Pod[]) =>
    pods.map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'])
  const pods = await active(cluster)
  assert.deepEqual(new Set(indexes(pods)), new Set(['0', '1', '2']))
  await end(cluster, pods[0]!, 'Failed')
  await cluster.clock.advance(11_000)
  for (const pod of await active(cluster)) await end(cluster, pod, 'Succeeded')
  const { completedIndexes, succeeded, failed, conditions } = await status(cluster)
  assert.deepEqual([completedIndexes, succeeded, failed], ['0-2', 3, 1])
  assert.equal(conditions.at(-1), 'Complete True CompletionsReached')
})

test('a suspended Job stops its Pods, and starts anew when it is resumed', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Job, job())
  await cluster.settle()
  assert.equal((await active(cluster)).length, 1)
  const suspend = async (value: boolean) => {
    await client.patch(Job, sum, 'merge', { spec: { suspend: value } })
    await cluster.settle()
  }
  await suspend(true)
  assert.equal((await active(cluster)).length, 0)
  assert.deepEqual((await status(cluster)).conditions, ['Suspended True JobSuspended'])
  assert.equal((await client.get(Job, sum)).status.startTime, undefined)
  await suspend(false)
  assert.equal((await active(cluster)).length, 1)
  assert.deepEqual((await status(cluster)).conditions, ['Suspended False JobResumed'])
})

test('a Job that takes too long fails', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Job, job({ activeDeadlineSeconds: 30 }))
  await cluster.settle()
  await cluster.clock.advance(31_000)
  assert.equal((await active(cluster)).length, 0)
  const { conditions, failed } = await status(cluster)
  assert.equal(conditions.at(-1), 'Failed True DeadlineExceeded')
  assert.equal(failed, 1)
})

test('Pods of a Job that is deleted are let go', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Job, job())
  await cluster.settle()
  await client.delete(Job, sum, { propagationPolicy: 'Background' })
  await cluster.settle()
  assert.ok((await podsOf(cluster)).every(({ metadata }) => !metadata.finalizers))
})

test('a failure that the policy ignores does not use up its index', async () => {
  await using cluster = await setUp()
  const rule = { action: 'Ignore' as const, onPodConditions: [{ type: 'DisruptionTarget' }] }
  const limits = { backoffLimitPerIndex: 1, podFailurePolicy: { rules: [rule] } }
  const indexed = { completionMode: 'Indexed', completions: 1, parallelism: 1 }
  await cluster.client.create(Job, job({ ...indexed, ...limits }))
  await cluster.settle()
  const [disrupted] = await active(cluster)
  const conditions = [{ type: 'DisruptionTarget', status: 'True' }]
  const status = { ...disrupted!.status, phase: 'Failed' as const, conditions }
  await cluster.client.updateStatus(Pod, { ...disrupted!, status })
  await cluster.clock.advance(11_000)
  const [next] = await active(cluster)
  const { annotations = {} } = next!.metadata
  assert.equal(annotations['batch.kubernetes.io/job-index-failure-count'], '0')
  assert.equal(annotations['batch.kubernetes.io/job-index-ignored-failure-count'], '1')
})

test('with a limit for each index, what an index knows of its failures is kept until it is replaced', async () => {
  await using cluster = await setUp()
  const { client, clock } = cluster
  const indexed = { completionMode: 'Indexed', completions: 2, parallelism: 2 }
  await client.create(Job, job({ ...indexed, backoffLimitPerIndex: 2 }))
  await cluster.settle()
  const counts = async () =>
    (await active(cluster)).map(({ metadata }) => [
      metadata.labels?.['batch.kubernetes.io/job-completion-index'],
      metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'],
    ])
  const [first] = await active(cluster)
  await end(cluster, first!, 'Failed')
  // Somebody takes it away; it stays until another Pod of its index is there.
  await client.delete(Pod, first!.metadata, { gracePeriodSeconds: 0 })
  await cluster.settle()
  assert.equal((await podsOf(cluster)).length, 2)
  assert.equal((await status(cluster)).failed, undefined)
  assert.deepEqual(await counts(), [['1', '0']])
  await clock.advance(11_000)
  assert.deepEqual(await counts(), [
    ['0', '1'],
    ['1', '0'],
  ])
  assert.equal((await podsOf(cluster)).length, 2)
  assert.equal((await status(cluster)).failed, 1)
})

test('Pods that stop are replaced at once, or only when they have failed, as the policy says', async () => {
  for (const [podReplacementPolicy, atOnce] of [
    ['TerminatingOrFailed', 1],
    ['Failed', 0],
  ] as const) {
    await using cluster = await setUp()
    await cluster.client.create(Job, job({ podReplacementPolicy }))
    await cluster.settle()
    const [first] = await active(cluster)
    const held = { metadata: { finalizers: [...first!.metadata.finalizers!, 'example.com/hold'] } }
    await cluster.client.patch(Pod, first!.metadata, 'merge', held)
    await cluster.client.delete(Pod, first!.metadata)
    await cluster.clock.advance(11_000)
    assert.equal((await active(cluster)).length, atOnce, podReplacementPolicy)
    assert.equal((await status(cluster)).terminating, 1)
    await end(cluster, first!, 'Failed')
    await cluster.clock.advance(11_000)
    assert.equal((await active(cluster)).length, 1, podReplacementPolicy)
    assert.equal((await status(cluster)).failed, 1)
  }
})

test('a Job that somebody else manages is left alone', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Job, job({ managedBy: 'example.com/other' }))
  await cluster.settle()
  assert.deepEqual(await podsOf(cluster), [])
  assert.deepEqual(await status(cluster), { conditions: [] })
})
