import { strict as assert } from 'node:assert'
import { join } from 'node:path'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { output } from '../e2e/programs.node.ts'

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: example }]
`
const WEB = { namespace: 'default', name: 'web' }

async function nodesOf({ client }: Cluster): Promise<Set<string | undefined>> {
  const { items } = await client.list(Pod, { namespace: 'default' })
  return new Set(items.map(({ spec }) => spec.nodeName))
}

async function available({ client }: Cluster): Promise<number | undefined> {
  return (await client.get(Deployment, WEB)).status.availableReplicas
}

test('an embedded cluster brings a Deployment to life on its simulated nodes', async () => {
  await using cluster = await Cluster.start({ nodes: 2 })
  await cluster.apply(DEPLOYMENT)
  await cluster.eventually(async () => (await available(cluster)) === 3)
  assert.deepEqual(await nodesOf(cluster), new Set(['node-1', 'node-2']))

  await cluster.client.delete(Deployment, WEB)
  await cluster.eventually(async () => (await nodesOf(cluster)).size === 0)
})

test('an embedded cluster opens no port, file, process or thread, and needs no rights of root', async () => {
  const program = join(import.meta.dirname, 'without-permissions.node.ts')
  const node = [process.execPath, '--permission', '--allow-fs-read=*', program]
  // Root without a single capability may do what anybody may.
  const asAnybody = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', ...node] : node
  assert.deepEqual(JSON.parse(await output(asAnybody)), { phase: 'Running', allowed: [] })
})

test('embedded clusters do not touch each other', async () => {
  await using one = await Cluster.start()
  await using other = await Cluster.start()
  await one.apply(DEPLOYMENT)
  assert.equal((await other.client.list(Deployment)).items.length, 0)
})

test('an embedded cluster gives others no more rights than they have', async () => {
  await using cluster = await Cluster.start()
  const stranger = cluster.clientFor({ name: 'stranger', groups: ['system:authenticated'] })
  await assert.rejects(
    stranger.list(Pod, { namespace: 'default' }),
    /pods is forbidden: User "stranger" cannot list resource "pods" in API group "" in the namespace "default"/,
  )
})

test('the client knows the types of what it reads and writes', async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  const { client } = cluster
  const spec = { containers: [{ name: 'main', image: 'example' }] }
  const { spec: stored } = await client.create(Pod, { metadata: WEB, spec })
  stored.restartPolicy satisfies string // Has a default, so it is never absent.
  // @ts-expect-error: it may be absent
  stored.nodeName satisfies string
  // @ts-expect-error: a Pod has containers
  const refused = client.create(Pod, { metadata: { ...WEB, name: 'other' }, spec: {} })
  await assert.rejects(refused, /spec.containers: Required value/)
})

test('apply() takes lists and several documents, changes what is there, and says what it cannot apply', async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  const map = (name: string, value: string) =>
    `{ apiVersion: v1, kind: ConfigMap, metadata: { name: ${name} }, data: { a: ${value} } }`
  const list = `{ apiVersion: v1, kind: List, items: [${map('two', 'x')}, ${map('three', 'x')}] }`
  const applied = await cluster.apply(`${map('one', 'x')}\n---\n${list}\n---\n${map('one', 'z')}`)
  assert.deepEqual(
    applied.map(({ metadata }) => metadata.name),
    ['one', 'two', 'three', 'one'],
  )
  const one = await cluster.client.get(ConfigMap, { namespace: 'default', name: 'one' })
  assert.deepEqual(one.data, { a: 'z' })
  await assert.rejects(
    cluster.apply('{ apiVersion: example.com/v1, kind: Ship, metadata: { name: a } }'),
    /no matches for kind "Ship" in version "example.com\/v1"/,
  )
  await assert.rejects(
    cluster.apply('{ apiVersion: v1, kind: ConfigMap }'),
    /Cannot apply a ConfigMap: metadata.name is missing/,
  )
  await assert.rejects(
    cluster.apply('{ apiVersion: v1, kind: ConfigMap, metadata: { name: A } }'),
    /metadata.name: Invalid value: "A"/,
  )
})

test('addNode() and removeNode() move Pods', async () => {
  await using cluster = await Cluster.start({ nodes: 1, clock: 'virtual' })
  assert.equal(await cluster.addNode(), 'node-2')
  await cluster.apply(DEPLOYMENT)
  await cluster.eventually(async () => (await available(cluster)) === 3)
  assert.deepEqual(await nodesOf(cluster), new Set(['node-1', 'node-2']))
  await cluster.removeNode('node-1')
  await cluster.eventually(
    async () => {
      assert.deepEqual(await nodesOf(cluster), new Set(['node-2']))
      assert.equal(await available(cluster), 3)
    },
    { within: '2m' },
  )
  assert.equal((await cluster.client.list(Node)).items.length, 1)
})

test('fail.node() has the Pods of a lost machine start elsewhere, five minutes later', async () => {
  await using cluster = await Cluster.start({ nodes: 2, clock: 'virtual' })
  await cluster.apply(DEPLOYMENT)
  await cluster.eventually(async () => (await available(cluster)) === 3)
  const before = cluster.clock.now()
  {
    using _off = cluster.fail.node('node-2')
    const isLost = async () => {
      const node = await cluster.client.get(Node, { name: 'node-2' })
      return node.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'Unknown'
    }
    await cluster.eventually(isLost, { within: '2m' })
    await cluster.eventually(async () => (await available(cluster)) === 3, { within: '10m' })
    assert.ok(cluster.clock.now() - before >= 300_000)
  }
  await cluster.eventually(async () => {
    assert.deepEqual(await nodesOf(cluster), new Set(['node-1']))
    const { items } = await cluster.client.list(Pod, { namespace: 'default' })
    assert.equal(items.length, 3)
  })
})

test('eventually() says what it last saw', async () => {
  await using cluster = await Cluster.start({ nodes: 0, clock: 'virtual' })
  await assert.rejects(
    cluster.eventually(() => cluster.client.get(Pod, WEB), { within: '5s' }),
    /^Error: Not so within 5s: pods "web" not found; the last write was revision \d+, \/registry\//,
  )
  await assert.rejects(
    cluster.eventually(() => false, { within: '1h' }),
    /Not so within 1h0m0s: \(\) => false answered false/,
  )
  await assert.rejects(
    cluster.eventually(() => {
      throw new TypeError('a mistake')
    }),
    /a mistake/,
  )
})

test('every component can be restarted, and cut off', async () => {
  await using cluster = await Cluster.start({ nodes: 2, clock: 'virtual' })
  await cluster.apply(DEPLOYMENT)
  for (const component of [
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubelet',
  ] as const) {
    await cluster.fail.restart(component)
    const cut = cluster.fail.partition(component)
    await cluster.clock.advance('10s')
    cut[Symbol.dispose]()
  }
  await cluster.eventually(async () => (await available(cluster)) === 3, { within: '5m' })
  const { items } = await cluster.client.list(Pod, { namespace: 'default' })
  assert.equal(items.length, 3)
})
