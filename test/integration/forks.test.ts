import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster, type ClusterSnapshot } from 'trierarch'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { SHIPS } from '../time-travel/ships.ts'

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: example }] }
`
const KEY = { namespace: 'default', name: 'web' }

async function available({ client }: Cluster): Promise<number | undefined> {
  return (await client.get(Deployment, KEY)).status.availableReplicas
}

async function uids({ client }: Cluster): Promise<readonly string[]> {
  const { items } = await client.list(Pod, { namespace: 'default' })
  return items.map(({ metadata }) => metadata.uid).toSorted()
}

test('fork() has the same objects and time, and neither sees what becomes of the other', async () => {
  await using cluster = await Cluster.start({ nodes: 2, clock: 'virtual' })
  await cluster.apply(SHIPS)
  await cluster.apply(WEB)
  await cluster.eventually(async () => (await available(cluster)) === 3)
  await cluster.addNode('late')
  const nowMs = cluster.clock.now()
  const pods = await uids(cluster)

  await using fork = await cluster.fork()
  assert.equal(fork.clock.now(), nowMs)
  assert.deepEqual(fork.nodeNames, ['node-1', 'node-2', 'late'])
  assert.deepEqual(await uids(fork), pods)
  await fork.apply('{ apiVersion: example.com/v1, kind: Ship, metadata: { name: a } }')

  await fork.client.delete(Deployment, KEY)
  await fork.eventually(async () => (await uids(fork)).length === 0, { within: '2m' })
  await fork.clock.advance('1m')
  assert.equal(cluster.clock.now(), nowMs)
  assert.deepEqual(await uids(cluster), pods)
  await cluster.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'own' } })
  const { items } = await fork.client.list(ConfigMap, { namespace: 'default' })
  assert.ok(items.every(({ metadata }) => metadata.name !== 'own'))
})

test('fork() reads the past of the cluster that it comes from', async () => {
  await using cluster = await Cluster.start({ nodes: 0, clock: 'virtual' })
  const { metadata } = await cluster.client.create(ConfigMap, { metadata: KEY })
  await cluster.client.delete(ConfigMap, KEY)
  await using fork = await cluster.fork()
  const then = await fork.at(metadata.resourceVersion).get(ConfigMap, KEY)
  assert.equal(then.metadata.uid, metadata.uid)
})

/** Every write of a cluster that begins with a snapshot and brings a Deployment to life. */
async function writes(snapshot: ClusterSnapshot, seed?: number): Promise<readonly string[]> {
  const log: string[] = []
  await using cluster = await snapshot.start({
    ...(seed !== undefined && { seed }),
    onWrite: ({ key, revision, entry }) => {
      const text = entry && new TextDecoder().decode(entry.value.bytes)
      log.push(`${revision} ${key} ${text}`)
    },
  })
  await cluster.apply(WEB)
  await cluster.clock.advance('1m')
  assert.equal(await available(cluster), 3)
  return log
}

test('clusters that begin with one snapshot write the same, and with another seed something else', async () => {
  await using prepared = await Cluster.start({ nodes: 2, clock: 'virtual' })
  await using snapshot = prepared.snapshot()
  const [one, same, other] = [
    await writes(snapshot),
    await writes(snapshot),
    await writes(snapshot, 7),
  ]
  assert.deepEqual(one, same)
  assert.notDeepEqual(one, other)
})
