import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Deployment } from '../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../api/apps/v1/replica-set.ts'
import { StatefulSet } from '../api/apps/v1/stateful-set.ts'
import { Job } from '../api/batch/v1/job.ts'
import { ConfigMap } from '../api/core/v1/config-map.ts'
import { Namespace } from '../api/core/v1/namespace.ts'
import { isPodActive } from '../api/core/v1/pod-conditions.ts'
import { controllerOf } from '../apimachinery/owner-references.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { seededRandom } from '../base/random.ts'
import { faultyTransport } from '../client/testing-faults.ts'
import { testCluster, type TestCluster } from '../controller-runtime/testing.ts'
import { deploymentController } from './deployment/deployment-controller.ts'
import { garbageCollector } from './garbage-collector/garbage-collector.ts'
import { jobController } from './job/job-controller.ts'
import { namespaceController } from './namespace/namespace-controller.ts'
import { replicaSetController } from './replicaset/replica-controller.ts'
import { statefulSetController } from './statefulset/statefulset-controller.ts'
import { podsOf, podTemplate, setAllPodsReady } from './testing.ts'

const builtIn = [ConfigMap, Deployment, Job, Namespace, Pod, ReplicaSet, StatefulSet]
const HEALED_MS = 120_000 // For each look after the faults: longer than most back-offs that they have led to.

/** A cluster whose controllers lose requests, answers and watches until told otherwise. */
async function setUp(seed: number) {
  let isOn = true
  const cluster = await testCluster(
    [
      deploymentController,
      replicaSetController,
      statefulSetController,
      jobController(),
      garbageCollector({ builtIn }),
      namespaceController({ builtIn }),
    ],
    {
      through: (transport, clock) =>
        faultyTransport(transport, {
          clock,
          random: seededRandom(seed),
          rate: 0.2,
          isOn: () => isOn,
        }),
    },
  )
  return Object.assign(cluster, { heal: () => (isOn = false) })
}

async function create({ client }: TestCluster): Promise<void> {
  const metadata = (name: string) => ({ namespace: 'default', name })
  await client.create(Deployment, {
    metadata: metadata('web'),
    spec: { replicas: 5, selector: { matchLabels: { app: 'web' } }, template: podTemplate('web') },
  })
  await client.create(StatefulSet, {
    metadata: metadata('db'),
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: podTemplate('db'),
      podManagementPolicy: 'Parallel',
    },
  })
  const { spec } = podTemplate('sum')
  await client.create(Job, {
    metadata: metadata('sum'),
    spec: {
      completions: 4,
      parallelism: 2,
      template: { spec: { ...spec, restartPolicy: 'Never' } },
    },
  })
}

const activeOf = async (cluster: TestCluster, app: string) =>
  (await podsOf(cluster)).filter(
    (pod) => isPodActive(pod) && pod.metadata.name.startsWith(`${app}-`),
  )

/** Has all Pods run and be ready, and those of the Job succeed. */
async function playNodes(cluster: TestCluster): Promise<void> {
  await setAllPodsReady(cluster)
  for (const { metadata } of await activeOf(cluster, 'sum')) {
    const patch = { status: { phase: 'Succeeded' } }
    await cluster.client.patch(Pod, metadata, 'merge', patch, { subresource: 'status' })
  }
}

for (const seed of [1, 2, 3]) {
  test(`controllers get there whatever is lost on the way (seed ${seed})`, async () => {
    await using cluster = await setUp(seed)
    const { client, clock } = cluster
    await create(cluster)
    for (let round = 0; round < 5; round += 1) {
      await clock.advance(60_000)
      // However confused, none ever makes more Pods than it was to have at most.
      const owners = Map.groupBy(await activeOf(cluster, 'web'), (pod) => controllerOf(pod)?.uid)
      for (const pods of owners.values()) assert.ok(pods.length <= 5)
      assert.ok((await activeOf(cluster, 'sum')).length <= 2)
      await playNodes(cluster)
      if (round >= 3) continue
      const spec = { template: podTemplate('web', `image:${round}`) }
      await client.patch(Deployment, { namespace: 'default', name: 'web' }, 'merge', { spec })
    }
    cluster.heal()
    for (let round = 0; round < 6; round += 1) {
      await clock.advance(HEALED_MS)
      await playNodes(cluster)
    }
    const images = (await activeOf(cluster, 'web')).map(({ spec }) => spec.containers[0]!.image)
    assert.deepEqual(
      images,
      Array.from({ length: 5 }, () => 'image:2'),
    )
    assert.equal((await activeOf(cluster, 'db')).length, 3)
    const { status } = await client.get(Job, { namespace: 'default', name: 'sum' })
    assert.deepEqual([status.succeeded, status.failed], [4, undefined])

    await client.delete(Deployment, { namespace: 'default', name: 'web' })
    await clock.advance(60_000)
    assert.deepEqual((await client.list(ReplicaSet)).items, [])
    assert.deepEqual(await activeOf(cluster, 'web'), [])
  })
}
