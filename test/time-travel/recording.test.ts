import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { SERVED_RESOURCES } from '../../src/api/resources.ts'
import type { AnyObject } from '../../src/client/dynamic-class.ts'
import type { Action } from '../../src/cmd/past/record/action.ts'
import { mergeDiff } from '../../src/cmd/past/record/merge-diff.ts'
import { readActions } from '../../src/cmd/past/record/read-actions.ts'
import { record } from '../../src/cmd/past/record/record.ts'
import { replay } from '../../src/cmd/past/record/replay.ts'
import { scaleNodes } from '../../src/cmd/simulate.node.ts'
import type { ResourceClass } from '../../src/schema/resource.ts'

const TYPES = SERVED_RESOURCES.filter(
  ({ resource: { kind, group } }) =>
    ['ConfigMap', 'Pod', 'Secret', 'Node'].includes(kind) && group === '',
) as readonly ResourceClass<AnyObject>[]
const KEY = { namespace: 'default', name: 'settings' }

async function play(cluster: Cluster, actions: readonly Action[]): Promise<readonly string[]> {
  const refused: string[] = []
  const { client, clock } = cluster
  const options = { client, clock, types: TYPES, speed: 1e6 }
  await replay(actions, { ...options, refused: (_, error) => refused.push(error.message) })
  return refused
}

test('what was recorded in one cluster is done again in another', async () => {
  const actions: Action[] = []
  const end = new AbortController()
  await using cluster = await Cluster.start({ nodes: 0 })
  const { client, clock } = cluster
  await client.create(ConfigMap, { metadata: KEY, data: { oars: '1', sails: '1' } })
  const recording = record({
    client,
    clock,
    types: TYPES,
    signal: end.signal,
    write: (action) => void actions.push(action),
  })
  await cluster.eventually(() => actions.length > 0)
  await client.patch(ConfigMap, KEY, 'merge', { data: { oars: '2', sails: null } })
  await client.create(Pod, {
    metadata: { namespace: 'default', name: 'web' },
    spec: { nodeName: 'far', containers: [{ name: 'main', image: 'example' }] },
  })
  await cluster.eventually(() => actions.some(({ target }) => target.name === 'web'))
  end.abort()
  await recording
  assert.ok(actions.every(({ resource }) => resource.resource !== 'secrets'))

  const lines = actions.map((each) => JSON.stringify(each)).join('\n')
  await using other = await Cluster.start({ nodes: 0 })
  const refused = await play(other, readActions(lines, TYPES))
  assert.deepEqual(
    refused.filter((each) => !each.includes('the namespace of the object')),
    [],
  )
  assert.deepEqual((await other.client.get(ConfigMap, KEY)).data, { oars: '2' })
  await other.client.get(Pod, { namespace: 'default', name: 'web' })
})

const KWOK = `
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: default, uid: 1-2 }
spec: { containers: [{ name: main, image: example }] }
---
apiVersion: action.kwok.x-k8s.io/v1alpha1
kind: ResourcePatch
resource: { version: v1, resource: pods }
target: { name: web, namespace: default }
durationNanosecond: 2000000
method: patch
template: { spec: { nodeName: far }, metadata: { labels: { a: b } } }
---
apiVersion: action.kwok.x-k8s.io/v1alpha1
kind: ResourcePatch
resource: { version: v1, resource: pods }
target: { name: web, namespace: default }
durationNanosecond: 1000000
method: patch
template: { status: { conditions: [{ type: Extra, status: "True" }] } }
---
apiVersion: action.kwok.x-k8s.io/v1alpha1
kind: ResourcePatch
resource: { version: v1, resource: pods }
target: { name: gone, namespace: default }
durationNanosecond: 3000000
method: delete
`

test("kwok's recordings are played, and what is refused is told", async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  const refused = await play(cluster, readActions(KWOK, TYPES))
  assert.deepEqual(refused, ['pods "gone" not found'])
  const pod = await cluster.client.get(Pod, { namespace: 'default', name: 'web' })
  assert.equal(pod.spec.nodeName, 'far')
  assert.deepEqual(pod.metadata.labels, { a: 'b' })
  assert.ok(pod.status.conditions?.some(({ type }) => type === 'Extra'))
})

test('recordings that cannot be read say why', () => {
  assert.throws(() => readActions('{"a":1}\n{"b"', TYPES), /line 2: /)
  assert.throws(
    () => readActions('{ "apiVersion": "v1", "kind": "Ship" }', TYPES),
    /the cluster does not serve v1 Ship/,
  )
})

test('mergeDiff() makes a patch that removes, changes and adds', () => {
  const patch = mergeDiff({ a: 1, b: { c: [1], d: 2 }, e: 1 }, { b: { c: [2], d: 2 }, e: 1, f: {} })
  assert.deepEqual(patch, { a: null, b: { c: [2] }, f: {} })
})

test('scaleNodes() makes and takes away simulated nodes', async () => {
  await using cluster = await Cluster.start({ nodes: 2, clock: 'virtual' })
  assert.equal(await scaleNodes(cluster.client, 5), 2)
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 5
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: { matchLabels: { app: web } } }
      containers: [{ name: web, image: example }]
`)
  const web = { namespace: 'default', name: 'web' }
  const available = async (): Promise<number | undefined> =>
    (await cluster.client.get(Deployment, web)).status.availableReplicas
  await cluster.eventually(async () => (await available()) === 5)
  assert.equal(await scaleNodes(cluster.client, 1), 5)
  await cluster.eventually(
    async () => {
      const { items } = await cluster.client.list(Pod)
      assert.ok(items.every(({ spec }) => [undefined, 'node-1'].includes(spec.nodeName)))
      assert.equal(await available(), 5)
    },
    { within: '20m' },
  )
})
