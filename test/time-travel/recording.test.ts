import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Namespace } from '../../src/api/core/v1/namespace.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { ServiceAccount } from '../../src/api/core/v1/service-account.ts'
import { SERVED_RESOURCES } from '../../src/api/resources.ts'
import { dynamicClass, type AnyObject } from '../../src/client/dynamic-class.ts'
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
  const refused = await play(other, readActions(lines, TYPES, 0))
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
  const refused = await play(cluster, readActions(KWOK, TYPES, 0))
  assert.deepEqual(refused, ['pods "gone" not found'])
  const pod = await cluster.client.get(Pod, { namespace: 'default', name: 'web' })
  assert.equal(pod.spec.nodeName, 'far')
  assert.deepEqual(pod.metadata.labels, { a: 'b' })
  assert.ok(pod.status.conditions?.some(({ type }) => type === 'Extra'))
})

/** As `kwokctl snapshot record` writes it (kwok 0.7): what there was, and then what became of it. */
const KWOKCTL = `
apiVersion: v1
kind: Namespace
metadata:
  creationTimestamp: $(time-offset-nanosecond -86400000000000)
  labels: { kubernetes.io/metadata.name: fleet }
  name: fleet
  uid: 11111111-0000-0000-0000-000000000000
spec: { finalizers: [kubernetes] }
status: { phase: Active }
---
apiVersion: action.kwok.x-k8s.io/v1alpha1
durationNanosecond: 1000000000
kind: ResourcePatch
method: create
resource: { resource: pods, version: v1 }
target: { name: oar, namespace: fleet }
template:
  apiVersion: v1
  kind: Pod
  metadata:
    creationTimestamp: "$(time-offset-nanosecond 1000000000)"
    name: oar
    namespace: fleet
    uid: 22222222-0000-0000-0000-000000000000
  spec: { containers: [{ image: example, name: main }] }
  status: { phase: Pending, qosClass: BestEffort }
---
apiVersion: action.kwok.x-k8s.io/v1alpha1
durationNanosecond: 2000000000
kind: ResourcePatch
method: patch
resource: { resource: pods, version: v1 }
target: { name: oar, namespace: fleet }
template: { spec: { nodeName: far } }
---
apiVersion: action.kwok.x-k8s.io/v1alpha1
durationNanosecond: 3500000000
kind: ResourcePatch
method: patch
resource: { resource: pods, version: v1 }
target: { name: oar, namespace: fleet }
template:
  status:
    $setElementOrder/conditions: [{ type: Ready }]
    conditions:
      - { lastProbeTime: null, lastTransitionTime: "$(time-offset-nanosecond 3000000000)", status: "True", type: Ready }
    phase: Running
    startTime: $(time-offset-nanosecond 2500000000)
---
apiVersion: action.kwok.x-k8s.io/v1alpha1
durationNanosecond: 4000000000
kind: ResourcePatch
method: patch
resource: { group: example.com, resource: ships, version: v1 }
target: { name: trireme, namespace: fleet }
template: { spec: { oars: [1, 2] } }
`

const SHIPS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ships.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: ships, singular: ship, kind: Ship }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }
---
apiVersion: example.com/v1
kind: Ship
metadata: { name: trireme, namespace: fleet }
`

const SHIP = dynamicClass({
  group: 'example.com',
  version: 'v1',
  kind: 'Ship',
  plural: 'ships',
  namespaced: true,
})

test('what kwokctl has recorded is played, with times as they were to each other', async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  const { client, clock } = cluster
  await client.create(Namespace, { metadata: { name: 'fleet' } })
  await cluster.eventually(() =>
    client.get(ServiceAccount, { namespace: 'fleet', name: 'default' }),
  )
  await cluster.apply(SHIPS)
  const types = [...TYPES, Namespace as unknown as ResourceClass<AnyObject>, SHIP]
  const startMs = Date.UTC(2031, 0, 1)
  const refused: string[] = []
  await replay(readActions(KWOKCTL, types, startMs), {
    client,
    clock,
    types,
    speed: 1e6,
    refused: (_, error) => refused.push(error.message),
  })
  assert.deepEqual(refused, [])
  const { spec, status } = await client.get(Pod, { namespace: 'fleet', name: 'oar' })
  assert.deepEqual([spec.nodeName, status.phase], ['far', 'Running'])
  assert.equal(Date.parse(status.startTime!), startMs + 2000, 'to the second')
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  assert.equal(Date.parse(ready!.lastTransitionTime!), startMs + 3000)
  const ship = await client.get(SHIP, { namespace: 'fleet', name: 'trireme' })
  assert.deepEqual((ship as unknown as { readonly spec: object }).spec, { oars: [1, 2] })
})

test('recordings that cannot be read say why', () => {
  assert.throws(() => readActions('{"a":1}\n{"b"', TYPES, 0), /line 2: /)
  assert.throws(
    () => readActions('{ "apiVersion": "v1", "kind": "Ship" }', TYPES, 0),
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
