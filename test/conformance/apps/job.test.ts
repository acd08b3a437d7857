import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Job } from '../../../src/api/batch/v1/job.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { controllerOf } from '../../../src/apimachinery/owner-references.ts'
import { timestamp } from '../../../src/base/clock.ts'
import type { Input } from '../../../src/schema/message.ts'
import { conformance } from '../conformance.ts'
import { apps, HELD, template } from './apps.ts'
import { holds, showStatus } from './subresources.ts'

const NAME = 'e2e-job'
const INDEX = 'batch.kubernetes.io/job-completion-index'

type JobSpec = Input<Job>['spec']

/** A Job whose Pods end when the test says so. */
function job(namespace: string, more: Partial<JobSpec>): Input<Job> {
  return {
    metadata: { namespace, name: NAME, labels: { e2e: namespace } },
    spec: { template: template(NAME, { spec: { ...HELD, restartPolicy: 'Never' } }), ...more },
  }
}

/** A Job whose Pods succeed after a second or two, as the nodes have it. */
function runningJob(namespace: string, more: Partial<NonNullable<JobSpec>>): Input<Job> {
  const restartPolicy = more.completionMode === 'Indexed' ? 'Never' : 'OnFailure'
  return job(namespace, { template: template(NAME, { spec: { restartPolicy } }), ...more })
}

/** How a Pod's container ends; undefined where it goes on. */
type Play = (pod: Pod) => { readonly exitCode: number } | undefined

const indexOf = ({ metadata }: Pod): number => Number(metadata.annotations?.[INDEX])
const hasEnded = ({ status }: Pod): boolean => ['Succeeded', 'Failed'].includes(status.phase)
const isPodOf = ({ metadata }: Job) => {
  const { uid } = metadata
  return (pod: Pod): boolean => controllerOf(pod)?.uid === uid
}

describe('Job', () => {
  const app = apps()
  const read = (namespace: string) => app.client.get(Job, { namespace, name: NAME })
  const allPods = async (namespace: string): Promise<readonly Pod[]> =>
    (await app.client.list(Pod, { namespace })).items
  const active = (namespace: string, count: number) =>
    app.cluster.eventually(async () => {
      assert.equal((await read(namespace)).status.active ?? 0, count)
      return app.pods(namespace)
    })

  const end = (pod: Pod, exitCode: number): Promise<void> =>
    app.report(pod, {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [
        {
          name: 'main',
          image: '',
          imageID: '',
          ready: false,
          restartCount: 0,
          lastState: {},
          state: { terminated: { exitCode, finishedAt: timestamp(app.cluster.clock) } },
        },
      ],
    })

  /** Plays the containers of a Job's Pods until the Job has come to an end. */
  const run = (namespace: string, play: Play): Promise<Job> =>
    app.cluster.eventually(
      async () => {
        for (const pod of await allPods(namespace)) {
          const ended = hasEnded(pod) ? undefined : play(pod)
          if (ended) await end(pod, ended.exitCode)
        }
        const now = await read(namespace)
        assert.ok(holds(now, 'Complete') || holds(now, 'Failed'))
        return now
      },
      { within: '10m' },
    )

  const reasons = ({ status }: Job) =>
    Object.fromEntries((status.conditions ?? []).map(({ type, reason }) => [type, reason]))

  conformance(
    '[sig-apps] Job should create pods for an Indexed job with completion indexes and specified hostname [Conformance]',
    async () => {
      const namespace = await app.namespace('indexed')
      const completionMode = 'Indexed'
      await app.client.create(
        Job,
        runningJob(namespace, { completionMode, completions: 4, parallelism: 2 }),
      )
      const { status } = await run(namespace, () => undefined)
      assert.equal(status.succeeded, 4)
      assert.equal(status.completedIndexes, '0-3')
      const pods = await app.pods(namespace)
      assert.deepEqual(new Set(pods.map(indexOf)), new Set([0, 1, 2, 3]))
      for (const pod of pods) {
        assert.equal(pod.spec.hostname, `${NAME}-${indexOf(pod)}`)
        const { env = [] } = pod.spec.containers[0]!
        const { valueFrom } = env.find(({ name }) => name === 'JOB_COMPLETION_INDEX')!
        const path = valueFrom?.fieldRef?.fieldPath
        assert.equal(path, `metadata.labels['${INDEX}']`)
        assert.equal(pod.metadata.labels?.[INDEX], String(indexOf(pod)))
      }
    },
  )

  conformance(
    '[sig-apps] Job should run a job to completion when tasks sometimes fail and are locally restarted [Conformance]',
    async () => {
      const namespace = await app.namespace('restarted')
      await app.client.create(Job, runningJob(namespace, { completions: 4, parallelism: 2 }))
      // The kubelet restarts a container within its Pod, which the Job does not count.
      const restarted = new Set<string>()
      await app.cluster.eventually(
        async () => {
          for (const pod of await app.pods(namespace)) {
            const [container] = pod.status.containerStatuses ?? []
            if (pod.status.phase !== 'Running' || container?.restartCount !== 0) continue
            const containerStatuses = [
              { ...container, restartCount: 1, lastState: { terminated: { exitCode: 1 } } },
            ]
            await app.report(pod, { containerStatuses })
            restarted.add(pod.metadata.uid)
          }
          assert.ok(holds(await read(namespace), 'Complete'))
        },
        { within: '5m' },
      )
      const { status } = await read(namespace)
      assert.deepEqual([status.succeeded, status.failed ?? 0, restarted.size], [4, 0, 4])
    },
  )

  conformance(
    '[sig-apps] Job should adopt matching orphans and release non-matching pods [Conformance]',
    async () => {
      const namespace = await app.namespace('adopt')
      const created = await app.client.create(Job, job(namespace, { parallelism: 2 }))
      const [pod] = await active(namespace, 2)
      const key = { namespace, name: pod!.metadata.name }
      const isOwned = async (): Promise<boolean> => isPodOf(created)(await app.client.get(Pod, key))
      const orphan = { metadata: { ownerReferences: null } }
      await app.client.patch(Pod, key, 'merge', orphan)
      await app.cluster.eventually(isOwned)
      await app.client.patch(Pod, key, 'merge', { metadata: { labels: null } })
      await app.cluster.eventually(async () => !(await isOwned()))
    },
  )

  conformance('[sig-apps] Job should delete a job [Conformance]', async () => {
    const namespace = await app.namespace('delete')
    const key = { namespace, name: NAME }
    await app.client.create(Job, job(namespace, { parallelism: 2, completions: 4 }))
    await active(namespace, 2)
    await app.client.delete(Job, key, { propagationPolicy: 'Foreground' })
    await app.cluster.eventually(async () => {
      assert.deepEqual((await app.client.list(Job, { namespace })).items, [])
      assert.deepEqual(await allPods(namespace), [])
    })
  })

  conformance('[sig-apps] Job should manage the lifecycle of a job [Conformance]', async () => {
    const namespace = await app.namespace('lifecycle')
    const key = { namespace, name: NAME }
    const labelSelector = `e2e=${namespace}`
    await app.client.create(Job, runningJob(namespace, { suspend: true, completions: 1 }))
    await app.cluster.eventually(async () => holds(await read(namespace), 'Suspended'))
    assert.deepEqual(await app.pods(namespace), [])
    const patched = await app.client.patch(Job, key, 'strategic', {
      metadata: { labels: { patched: 'true' } },
    })
    assert.equal(patched.metadata.labels?.['patched'], 'true')
    await app.cluster.eventually(async () => {
      const fresh = await read(namespace)
      const annotations = { ...fresh.metadata.annotations, updated: 'true' }
      const updated = await app.client.update(Job, {
        ...fresh,
        metadata: { ...fresh.metadata, annotations },
        spec: { ...fresh.spec, suspend: false },
      })
      assert.equal(updated.metadata.annotations?.['updated'], 'true')
    })
    await run(namespace, () => undefined)
    const { items } = await app.client.list(Job, { labelSelector })
    assert.equal(items.length, 1)
    await app.client.deleteCollection(Job, {
      namespace,
      labelSelector,
      propagationPolicy: 'Background',
    })
    await app.cluster.eventually(async () => {
      assert.deepEqual((await app.client.list(Job, { labelSelector })).items, [])
    })
  })

  conformance('[sig-apps] Job should apply changes to a job status [Conformance]', async () => {
    const namespace = await app.namespace('status')
    await app.client.create(Job, job(namespace, { parallelism: 2, completions: 4 }))
    await active(namespace, 2)
    await showStatus(app, Job, { namespace, name: NAME })
  })

  conformance(
    '[sig-apps] Job should allow to use the pod failure policy on exit code to fail the job early [Conformance]',
    async () => {
      const namespace = await app.namespace('exit-code')
      const onExitCodes = { containerName: 'main', operator: 'In', values: [42] } as const
      const podFailurePolicy = { rules: [{ action: 'FailJob' as const, onExitCodes }] }
      await app.client.create(
        Job,
        job(namespace, { parallelism: 2, completions: 2, backoffLimit: 6, podFailurePolicy }),
      )
      let failures = 0
      const failed = await run(namespace, () => (failures++ === 0 ? { exitCode: 42 } : undefined))
      assert.equal(reasons(failed)['Failed'], 'PodFailurePolicy')
      assert.equal(failed.status.active ?? 0, 0)
    },
  )

  conformance(
    '[sig-apps] Job should allow to use a pod failure policy to ignore failure matching on DisruptionTarget condition [Conformance]',
    async () => {
      const namespace = await app.namespace('disruption')
      const onPodConditions = [{ type: 'DisruptionTarget' }]
      const podFailurePolicy = { rules: [{ action: 'Ignore' as const, onPodConditions }] }
      const spec = { completionMode: 'Indexed', parallelism: 2, completions: 2 } as const
      await app.client.create(Job, job(namespace, { ...spec, backoffLimit: 0, podFailurePolicy }))
      const evicted = await active(namespace, 2)
      for (const { metadata } of evicted) {
        const key = { namespace, name: metadata.name }
        await app.client.createSubresource(Pod, key, 'eviction', {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: key,
        })
      }
      const isEvicted = ({ metadata }: Pod): boolean =>
        evicted.some((each) => each.metadata.uid === metadata.uid)
      const { status } = await run(namespace, (pod) => ({ exitCode: isEvicted(pod) ? 137 : 0 }))
      assert.equal(status.succeeded, 2)
      assert.equal(status.failed ?? 0, 0)
    },
  )

  conformance(
    '[sig-apps] Job should execute all indexes despite some failing when using backoffLimitPerIndex [Conformance]',
    async () => {
      const namespace = await app.namespace('per-index')
      const spec = { completionMode: 'Indexed', parallelism: 2, completions: 4 } as const
      await app.client.create(Job, job(namespace, { ...spec, backoffLimitPerIndex: 1 }))
      const failed = await run(namespace, (pod) => ({ exitCode: indexOf(pod) % 2 }))
      const { status } = failed
      assert.equal(reasons(failed)['Failed'], 'FailedIndexes')
      assert.deepEqual([status.completedIndexes, status.failedIndexes], ['0,2', '1,3'])
      assert.deepEqual([status.succeeded, status.failed], [2, 4])
    },
  )

  conformance(
    '[sig-apps] Job should terminate job execution when the number of failed indexes exceeds maxFailedIndexes [Conformance]',
    async () => {
      const namespace = await app.namespace('max-failed')
      const spec = { completionMode: 'Indexed', parallelism: 1, completions: 4 } as const
      const limits = { backoffLimitPerIndex: 0, maxFailedIndexes: 0 }
      await app.client.create(Job, job(namespace, { ...spec, ...limits }))
      const failed = await run(namespace, () => ({ exitCode: 1 }))
      const { status } = failed
      assert.equal(reasons(failed)['FailureTarget'], 'MaxFailedIndexesExceeded')
      assert.equal(reasons(failed)['Failed'], 'MaxFailedIndexesExceeded')
      assert.deepEqual([status.failedIndexes, status.completedIndexes ?? ''], ['0', ''])
      assert.deepEqual([status.failed, status.succeeded ?? 0], [1, 0])
      assert.equal((await app.pods(namespace)).length, 1)
    },
  )

  conformance(
    '[sig-apps] Job should mark indexes as failed when the FailIndex action is matched in podFailurePolicy [Conformance]',
    async () => {
      const namespace = await app.namespace('fail-index')
      const onExitCodes = { operator: 'In', values: [42] } as const
      const podFailurePolicy = { rules: [{ action: 'FailIndex' as const, onExitCodes }] }
      const spec = { completionMode: 'Indexed', parallelism: 2, completions: 2 } as const
      await app.client.create(
        Job,
        job(namespace, { ...spec, backoffLimitPerIndex: 1, podFailurePolicy }),
      )
      const failed = await run(namespace, (pod) => ({ exitCode: indexOf(pod) === 0 ? 42 : 0 }))
      const { status } = failed
      assert.equal(reasons(failed)['Failed'], 'FailedIndexes')
      assert.deepEqual([status.failedIndexes, status.completedIndexes], ['0', '1'])
      assert.deepEqual([status.failed, status.succeeded], [1, 1])
    },
  )

  /** Shows that a Job succeeds by its policy once the Pods of these indexes have. */
  async function showSuccess(
    namespace: string,
    rule: { readonly succeededIndexes?: string; readonly succeededCount?: number },
    completions: number,
    completedIndexes: string,
    succeeds: (index: number) => boolean,
  ): Promise<void> {
    await app.namespace(namespace)
    const spec = { completionMode: 'Indexed', parallelism: completions, completions } as const
    await app.client.create(Job, job(namespace, { ...spec, successPolicy: { rules: [rule] } }))
    await active(namespace, completions)
    const done = await run(namespace, (pod) =>
      succeeds(indexOf(pod)) ? { exitCode: 0 } : undefined,
    )
    assert.deepEqual(reasons(done), {
      SuccessCriteriaMet: 'SuccessPolicy',
      Complete: 'SuccessPolicy',
    })
    assert.equal(done.status.completedIndexes, completedIndexes)
    assert.equal(done.status.active ?? 0, 0)
  }

  conformance(
    '[sig-apps] Job with successPolicy should succeeded when all indexes succeeded [Conformance]',
    () => showSuccess('success-all', { succeededIndexes: '0-1' }, 2, '0,1', () => true),
  )

  conformance(
    '[sig-apps] Job with successPolicy succeededIndexes rule should succeeded even when some indexes remain pending [Conformance]',
    () => showSuccess('success-indexes', { succeededIndexes: '0' }, 5, '0', (index) => index === 0),
  )

  conformance(
    '[sig-apps] Job with successPolicy succeededCount rule should succeeded even when some indexes remain pending [Conformance]',
    () => showSuccess('success-count', { succeededCount: 1 }, 5, '2', (index) => index === 2),
  )
})
