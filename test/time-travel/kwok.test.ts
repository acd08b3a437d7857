import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Namespace } from '../../src/api/core/v1/namespace.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { ServiceAccount } from '../../src/api/core/v1/service-account.ts'
import { readActions } from '../../src/cmd/past/record/read-actions.ts'
import { coreTypes, play } from './play.ts'
import { SHIP, SHIPS } from './ships.ts'

const TYPES = [...coreTypes('Namespace', 'Pod'), SHIP]

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
  const refused = await play(cluster, readActions(KWOK, TYPES, 0), TYPES)
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

const TRIREME = `---
apiVersion: example.com/v1
kind: Ship
metadata: { name: trireme, namespace: fleet }
`

test('what kwokctl has recorded is played, with times as they were to each other', async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  const { client } = cluster
  await client.create(Namespace, { metadata: { name: 'fleet' } })
  await cluster.eventually(() =>
    client.get(ServiceAccount, { namespace: 'fleet', name: 'default' }),
  )
  await cluster.apply(SHIPS + TRIREME)
  const startMs = Date.UTC(2031, 0, 1)
  assert.deepEqual(await play(cluster, readActions(KWOKCTL, TYPES, startMs), TYPES), [])
  const { spec, status } = await client.get(Pod, { namespace: 'fleet', name: 'oar' })
  assert.deepEqual([spec.nodeName, status.phase], ['far', 'Running'])
  assert.equal(Date.parse(status.startTime!), startMs + 2000, 'to the second')
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  assert.equal(Date.parse(ready!.lastTransitionTime!), startMs + 3000)
  const ship = await client.get(SHIP, { namespace: 'fleet', name: 'trireme' })
  assert.deepEqual((ship as unknown as { readonly spec: object }).spec, { oars: [1, 2] })
})
