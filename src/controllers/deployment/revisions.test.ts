import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { planCleanup } from './cleanup-plan.ts'
import { newReplicaSetAnnotations, nextRevision, REVISION, REVISION_HISTORY } from './revisions.ts'
import { storedDeployment, storedReplicaSet } from './testing.ts'

const withRevision = (name: string, revision: number | bigint, replicas = 0) =>
  storedReplicaSet(name, { replicas, annotations: { [REVISION]: String(revision) } })

test('nextRevision() follows the highest', () => {
  assert.equal(nextRevision([]), 1n)
  assert.equal(nextRevision([withRevision('a', 3), withRevision('b', 7)]), 8n)
  const large = 2n ** 61n
  assert.equal(nextRevision([withRevision('a', large)]), large + 1n)
})

test('newReplicaSetAnnotations() takes over those of the Deployment, but for its own', () => {
  const deployment = storedDeployment()
  const annotations = {
    'kubernetes.io/change-cause': 'why',
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    [REVISION]: '7',
  }
  const annotated = { ...deployment, metadata: { ...deployment.metadata, annotations } }
  assert.deepEqual(newReplicaSetAnnotations(annotated, undefined, 2n), {
    'kubernetes.io/change-cause': 'why',
    'deployment.kubernetes.io/revision': '2',
    'deployment.kubernetes.io/desired-replicas': '10',
    'deployment.kubernetes.io/max-replicas': '13',
  })
})

test('newReplicaSetAnnotations() notes the revisions that a ReplicaSet has been before', () => {
  const deployment = storedDeployment()
  const once = newReplicaSetAnnotations(deployment, { [REVISION]: '1' }, 3n)
  assert.deepEqual([once[REVISION], once[REVISION_HISTORY]], ['3', '1'])
  const twice = newReplicaSetAnnotations(deployment, once, 5n)
  assert.deepEqual([twice[REVISION], twice[REVISION_HISTORY]], ['5', '1,3'])
  assert.deepEqual(newReplicaSetAnnotations(deployment, twice, 4n), twice)
})

test('planCleanup() keeps the newest revisions, and all that are not idle', () => {
  const old = [withRevision('c', 3), withRevision('a', 1, 1), withRevision('b', 2)]
  const names = (limit: number) =>
    planCleanup(storedDeployment({ revisionHistoryLimit: limit }), old).map(
      ({ metadata }) => metadata.name,
    )
  assert.deepEqual(names(3), [])
  assert.deepEqual(names(1), ['b'])
  assert.deepEqual(names(0), ['b', 'c'])
})
