import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Deployment } from '../../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { replicaSetController } from '../replicaset/replica-controller.ts'
import { podsOf, podTemplate, setAllPodsReady } from '../testing.ts'
import { deploymentController } from './deployment-controller.ts'
import { byAge } from './replica-sets.ts'
import { REVISION } from './revisions.ts'

const web = { namespace: 'default', name: 'web' }

const deployment = (replicas: number, more: object = {}) => ({
  metadata: { ...web },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: podTemplate('web'),
    ...more,
  },
})

const setUp = () => testCluster([deploymentController, replicaSetController])

async function change(
  cluster: TestCluster,
  edit: (spec: Deployment['spec']) => object,
): Promise<Deployment> {
  const { client } = cluster
  const before = await client.get(Deployment, web)
  const updated = await client.update(Deployment, {
    ...before,
    spec: { ...before.spec, ...edit(before.spec) },
  })
  await cluster.settle()
  return updated
}

async function replicaSets({ client }: TestCluster): Promise<readonly ReplicaSet[]> {
  return (await client.list(ReplicaSet)).items.toSorted(
    (a, b) => revision(a) - revision(b) || byAge(a, b),
  )
}

const revision = ({ metadata }: ReplicaSet) => Number(metadata.annotations?.[REVISION])
const toImage = (image: string) => () => ({ template: podTemplate('web', image) })
const image = ({ spec }: Pod) => spec.containers[0]!.image

async function conditions({ client }: TestCluster): Promise<Record<string, string>> {
  const { status } = await client.get(Deployment, web)
  const all = status.conditions ?? []
  return Object.fromEntries(
    all.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
  )
}

test('a Deployment gets a ReplicaSet, and tells how it is going', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Deployment, deployment(3))
  await cluster.settle()
  const [replicaSet, ...others] = await replicaSets(cluster)
  assert.deepEqual(others, [])
  const { name, labels, annotations } = replicaSet!.metadata
  const hash = labels?.['pod-template-hash']
  assert.equal(name, `web-${hash}`)
  assert.deepEqual(annotations, {
    'deployment.kubernetes.io/desired-replicas': '3',
    'deployment.kubernetes.io/max-replicas': '4',
    'deployment.kubernetes.io/revision': '1',
  })
  assert.deepEqual(await conditions(cluster), {
    Available: 'False MinimumReplicasUnavailable: Deployment does not have minimum availability.',
    Progressing: `True ReplicaSetUpdated: ReplicaSet "${name}" is progressing.`,
  })
  await setAllPodsReady(cluster)
  assert.deepEqual(await conditions(cluster), {
    Available: 'True MinimumReplicasAvailable: Deployment has minimum availability.',
    Progressing: `True NewReplicaSetAvailable: ReplicaSet "${name}" has successfully progressed.`,
  })
  const { status, metadata } = await cluster.client.get(Deployment, web)
  assert.equal(metadata.annotations?.[REVISION], '1')
  const { conditions: _, ...counts } = status
  assert.deepEqual(counts, {
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
  })
  assert.deepEqual(
    (await cluster.events()).filter((event) => event.startsWith('Scaling')),
    [`ScalingReplicaSet Scaled up replica set ${name} from 0 to 3`],
  )
})

test('a rolling update replaces all Pods, and never has too few or too many', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Deployment, deployment(8))
  await cluster.settle()
  await setAllPodsReady(cluster)
  await change(cluster, toImage('image:2'))
  for (let round = 0; ; round += 1) {
    assert.ok(round < 20, 'the rollout is stuck')
    const { status } = await cluster.client.get(Deployment, web)
    assert.ok((status.availableReplicas ?? 0) >= 6)
    assert.ok((await podsOf(cluster)).length <= 10)
    if (status.updatedReplicas === 8 && status.replicas === 8) break
    await setAllPodsReady(cluster)
  }
  const pods = await podsOf(cluster)
  assert.deepEqual(new Set(pods.map(image)), new Set(['image:2']))
  assert.deepEqual(
    (await replicaSets(cluster)).map((each) => [revision(each), each.spec.replicas]),
    [
      [1, 0],
      [2, 8],
    ],
  )
})

test('the template of an old ReplicaSet rolls the Deployment back, under a new revision', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Deployment, deployment(1))
  await cluster.settle()
  await setAllPodsReady(cluster)
  const [first] = await replicaSets(cluster)
  await change(cluster, toImage('image:2'))
  await setAllPodsReady(cluster)
  await change(cluster, toImage('image:1'))
  await setAllPodsReady(cluster)
  const all = await replicaSets(cluster)
  assert.deepEqual(
    all.map((each) => [revision(each), each.spec.replicas]),
    [
      [2, 0],
      [3, 1],
    ],
  )
  assert.equal(all[1]!.metadata.uid, first!.metadata.uid)
  assert.equal(all[1]!.metadata.annotations?.['deployment.kubernetes.io/revision-history'], '1')
})

test('Recreate starts new Pods only when all old ones are gone', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Deployment, deployment(2, { strategy: { type: 'Recreate' } }))
  await cluster.settle()
  const finalizers = ['example.com/slow']
  for (const { metadata } of await podsOf(cluster)) {
    await client.patch(Pod, metadata, 'merge', { metadata: { finalizers } })
  }
  await setAllPodsReady(cluster)
  await change(cluster, toImage('image:2'))
  assert.deepEqual(new Set((await podsOf(cluster)).map(image)), new Set(['image:1']))
  for (const { metadata } of await podsOf(cluster)) {
    await client.patch(Pod, metadata, 'merge', { metadata: { finalizers: null } })
  }
  await cluster.settle()
  assert.deepEqual((await podsOf(cluster)).map(image), ['image:2', 'image:2'])
})

test('a paused Deployment is scaled but not rolled out, and goes on when it is resumed', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Deployment, deployment(2))
  await cluster.settle()
  await setAllPodsReady(cluster)
  await change(cluster, () => ({ paused: true }))
  const paused = 'Unknown DeploymentPaused: Deployment is paused'
  assert.equal((await conditions(cluster))['Progressing'], paused)
  await change(cluster, () => ({ replicas: 4, ...toImage('image:2')() }))
  const images = async () => (await podsOf(cluster)).map(image)
  assert.deepEqual(
    await images(),
    Array.from({ length: 4 }, () => 'image:1'),
  )
  await change(cluster, () => ({ paused: false }))
  await setAllPodsReady(cluster)
  assert.ok((await images()).includes('image:2'))
})

test('a rollout that makes no progress is reported after its deadline', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Deployment, deployment(1, { progressDeadlineSeconds: 60 }))
  await cluster.settle()
  const [replicaSet] = await replicaSets(cluster)
  await cluster.clock.advance(59_000)
  assert.match((await conditions(cluster))['Progressing']!, /^True ReplicaSetUpdated/)
  await cluster.clock.advance(5_000)
  const { name } = replicaSet!.metadata
  const timedOut = `False ProgressDeadlineExceeded: ReplicaSet "${name}" has timed out progressing.`
  assert.equal((await conditions(cluster))['Progressing'], timedOut)
  await setAllPodsReady(cluster)
  assert.match((await conditions(cluster))['Progressing']!, /^True NewReplicaSetAvailable/)
})

test('a Deployment in the middle of a rollout is scaled in proportion', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Deployment, deployment(10))
  await cluster.settle()
  await setAllPodsReady(cluster)
  await change(cluster, toImage('image:2'))
  const sizes = async () => (await replicaSets(cluster)).map(({ spec }) => spec.replicas)
  assert.deepEqual(await sizes(), [8, 5])
  await change(cluster, () => ({ replicas: 20 }))
  assert.deepEqual(await sizes(), [15, 10])
})

test('a name that is taken by another template is passed over', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Deployment, deployment(1))
  await cluster.settle()
  const [first] = await replicaSets(cluster)
  const { name } = first!.metadata
  await client.delete(Deployment, web)
  await client.delete(ReplicaSet, first!.metadata)
  await cluster.settle()
  const other = podTemplate('other')
  await client.create(ReplicaSet, {
    metadata: { namespace: 'default', name },
    spec: { replicas: 0, selector: { matchLabels: { app: 'other' } }, template: other },
  })
  await client.create(Deployment, deployment(1))
  await cluster.settle()
  const { status } = await client.get(Deployment, web)
  assert.equal(status.collisionCount, 1)
  const [second] = (await replicaSets(cluster)).filter((each) => each.spec.replicas === 1)
  assert.notEqual(second!.metadata.name, name)
})

test('old ReplicaSets beyond the history limit are deleted', async () => {
  await using cluster = await setUp()
  await cluster.client.create(Deployment, deployment(1, { revisionHistoryLimit: 1 }))
  await cluster.settle()
  await setAllPodsReady(cluster)
  for (const tag of [2, 3, 4]) {
    await change(cluster, toImage(`image:${tag}`))
    await setAllPodsReady(cluster)
    await setAllPodsReady(cluster)
  }
  assert.deepEqual((await replicaSets(cluster)).map(revision), [3, 4])
})
