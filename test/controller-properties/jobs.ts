import { strict as assert } from 'node:assert'
import { Job } from '../../src/api/batch/v1/job.ts'
import { controllerOf } from '../../src/apimachinery/owner-references.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { randomInt } from '../../src/base/random.ts'
import { tryAll } from './refusals.ts'
import { changeOf, type Property } from './run.ts'

const NAMESPACE = 'default'
const COMPLETIONS_MAX = 6
const JOBS_MAX = 5
const FAILURES_MAX = 1000 // More than there will be.

/** What has become of the Pods of a Job, by their uids. */
interface Ends {
  readonly succeeded: Set<string>
  /** Those that failed, or were deleted before they had ended. */
  readonly failed: Set<string>
}

/** While Pods are deleted at random, a Job counts each Pod that ends once at most, and comes to its completions. */
export const jobs: Property = {
  name: 'a Job counts a Pod once',

  async begin({ client }, random) {
    const ends = new Map<string, Ends>()
    let [attempts, created] = [0, 0]

    const create = async (): Promise<void> => {
      attempts += 1
      const isIndexed = randomInt(random, 2) === 0
      await client.create(Job, {
        metadata: { namespace: NAMESPACE, name: `job-${attempts}` },
        spec: {
          completions: 1 + randomInt(random, COMPLETIONS_MAX),
          parallelism: 1 + randomInt(random, 3),
          completionMode: isIndexed ? 'Indexed' : 'NonIndexed',
          ...(isIndexed && randomInt(random, 2) === 0
            ? { backoffLimitPerIndex: FAILURES_MAX }
            : { backoffLimit: FAILURES_MAX }),
          template: {
            spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example' }] },
          },
        },
      })
      created += 1
    }
    const removePod = async (): Promise<void> => {
      const { items } = await client.list(Pod, { namespace: NAMESPACE })
      const chosen = items[randomInt(random, Math.max(1, items.length))]
      if (chosen) await client.delete(Pod, chosen.metadata)
    }

    return {
      act: () => tryAll([removePod(), ...(attempts < JOBS_MAX ? [create()] : [])]),
      check(event) {
        const pod = changeOf<Pod>(event, `pods/${NAMESPACE}`)
        if (pod) notePod(ends, pod.after, pod.before)
        const job = changeOf<Job>(event, `batch/jobs/${NAMESPACE}`)?.after
        return job && wrongCount(job, ends.get(job.metadata.uid))
      },
      async assertConverged() {
        const { items } = await client.list(Job, { namespace: NAMESPACE })
        assert.equal(items.length, created)
        for (const { metadata, spec, status } of items) {
          assert.equal(status.succeeded, spec.completions, metadata.name)
          const complete = status.conditions?.find(({ type }) => type === 'Complete')
          assert.equal(complete?.status, 'True', metadata.name)
          assert.equal(status.uncountedTerminatedPods?.succeeded, undefined)
        }
        const pods = await client.list(Pod, { namespace: NAMESPACE })
        for (const { metadata } of pods.items) assert.equal(metadata.finalizers, undefined)
      },
    }
  },
}

function notePod(ends: Map<string, Ends>, after: Pod | undefined, before: Pod | undefined): void {
  const pod = after ?? before!
  const owner = controllerOf(pod)?.uid ?? ''
  const { succeeded, failed } = ends.getOrInsertComputed(owner, () => ({
    succeeded: new Set(),
    failed: new Set(),
  }))
  const { uid, deletionTimestamp } = pod.metadata
  if (pod.status.phase === 'Succeeded') succeeded.add(uid)
  else if (pod.status.phase === 'Failed' || deletionTimestamp !== undefined || !after)
    failed.add(uid)
}

function wrongCount({ metadata, status }: Job, ends: Ends | undefined): string | undefined {
  const { uncountedTerminatedPods: uncounted = {} } = status
  const told = {
    succeeded: (status.succeeded ?? 0) + (uncounted.succeeded?.length ?? 0),
    failed: (status.failed ?? 0) + (uncounted.failed?.length ?? 0),
  }
  for (const end of ['succeeded', 'failed'] as const) {
    const seen = ends?.[end].size ?? 0
    if (told[end] > seen) return `${metadata.name} tells ${told[end]} ${end}, and ${seen} Pods did`
  }
  return undefined
}
