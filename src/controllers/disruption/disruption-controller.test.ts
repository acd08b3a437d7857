import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { PodDisruptionBudget } from '../../api/policy/v1/pod-disruption-budget.ts'
import { isTooManyRequests } from '../../apimachinery/status-predicates.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { replicaSetController } from '../replicaset/replica-controller.ts'
import { podsOf, podTemplate, setAllPodsReady, setPodReady, storedPod } from '../testing.ts'
import { budgetStatus, msUntilSpared, sparedPods } from './budget-plan.ts'
import { disruptionController } from './disruption-controller.ts'

const now = '2026-01-01T00:00:00Z'
const nowMs = Date.parse(now)
const key = { namespace: 'default', name: 'web' }

function budget(
  spec: PodDisruptionBudget['spec'],
  disruptedPods?: Record<string, string>,
): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { ...key, uid: 'u', resourceVersion: '1', creationTimestamp: now, generation: 2 },
    spec,
    status: { ...(disruptedPods && { disruptedPods }) } as PodDisruptionBudget['status'],
  }
}

const pods = ['a', 'b', 'c', 'd', 'e'].map((name, i) =>
  storedPod(name, {
    status: { conditions: [{ type: 'Ready', status: i < 4 ? 'True' : 'False' }] },
  }),
)
const facts = { pods, scale: 5, nowMs, now }

test('budgetStatus() counts what may be spared', () => {
  const of = (spec: PodDisruptionBudget['spec']) => {
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = budgetStatus(
      budget(spec),
      facts,
    )
    return [disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods]
  }
  assert.deepEqual(of({ minAvailable: 2 }), [2, 4, 2, 5])
  assert.deepEqual(of({ minAvailable: '50%' }), [1, 4, 3, 5])
  assert.deepEqual(of({ maxUnavailable: 1 }), [0, 4, 4, 5])
  assert.deepEqual(of({ maxUnavailable: '50%' }), [2, 4, 2, 5])
  assert.deepEqual(of({}), [0, 4, 0, 0])
})

test('budgetStatus() leaves out Pods whose eviction was granted, until they are spared', () => {
  const granted = budget({ minAvailable: 2 }, { a: '2025-12-31T23:59:00Z', gone: now })
  const status = budgetStatus(granted, facts)
  assert.deepEqual(
    [status.currentHealthy, status.disruptedPods],
    [3, { a: '2025-12-31T23:59:00Z' }],
  )
  assert.equal(msUntilSpared(status, nowMs), 60_000)
  assert.deepEqual(sparedPods(granted, { ...facts, nowMs: nowMs + 60_000 }), [pods[0]])
})

async function setUp(): Promise<TestCluster> {
  const cluster = await testCluster([disruptionController({ builtIn: [] }), replicaSetController])
  await cluster.client.create(ReplicaSet, {
    metadata: { ...key },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: podTemplate('web') },
  })
  await cluster.client.create(PodDisruptionBudget, {
    metadata: { ...key },
    spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
  })
  await cluster.settle()
  return cluster
}

const evict = ({ client }: TestCluster, { metadata }: Pod) =>
  client.createSubresource(Pod, metadata, 'eviction', {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { namespace: metadata.namespace, name: metadata.name },
  })

test('a Pod that is not ready may be evicted where its budget is met, or whenever it allows that', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await setAllPodsReady(cluster)
  const [first, second] = await podsOf(cluster)
  for (const pod of [first!, second!]) await setPodReady(cluster, pod, false)
  await cluster.settle()
  await assert.rejects(evict(cluster, first!), isTooManyRequests)
  const spec = { unhealthyPodEvictionPolicy: 'AlwaysAllow' }
  await client.patch(PodDisruptionBudget, key, 'merge', { spec })
  await evict(cluster, first!)
})

test('a budget follows its Pods, and keeps evictions within bounds', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const status = async () => (await client.get(PodDisruptionBudget, key)).status
  assert.equal((await status()).disruptionsAllowed, 0)
  await setAllPodsReady(cluster)
  const { disruptionsAllowed, desiredHealthy, conditions } = await status()
  assert.deepEqual([disruptionsAllowed, desiredHealthy], [1, 2])
  assert.equal(conditions?.[0]?.reason, 'SufficientPods')
  const [first, second] = await podsOf(cluster)
  await evict(cluster, first!)
  await cluster.settle()
  await assert.rejects(evict(cluster, second!), isTooManyRequests)
  await setAllPodsReady(cluster)
  assert.equal((await status()).disruptionsAllowed, 1)
  await setPodReady(cluster, second!, false)
  await cluster.settle()
  assert.equal((await status()).disruptionsAllowed, 0)
})

test('a value that a selector names twice counts no Pod twice', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const twice = { ...key, name: 'twice' }
  const matchExpressions = [{ key: 'app', operator: 'In', values: ['web', 'web'] }]
  await client.create(PodDisruptionBudget, {
    metadata: twice,
    spec: { minAvailable: 2, selector: { matchExpressions } },
  })
  await setAllPodsReady(cluster)
  const { currentHealthy, disruptionsAllowed } = (await client.get(PodDisruptionBudget, twice))
    .status
  assert.deepEqual([currentHealthy, disruptionsAllowed], [3, 1])
})
