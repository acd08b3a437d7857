import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { Cluster } from 'trierarch'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { Job } from '../../src/api/batch/v1/job.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Event } from '../../src/api/core/v1/event.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { dynamicClass } from '../../src/client/dynamic-class.ts'

const EXAMPLES = join(import.meta.dirname, '../../../shared/fixtures/kwok-examples')

const STAGE = dynamicClass({
  group: 'kwok.x-k8s.io',
  version: 'v1alpha1',
  kind: 'Stage',
  plural: 'stages',
  namespaced: false,
})

function virtualCluster(stages = ''): Promise<Cluster> {
  return Cluster.start({ nodes: 1, clock: 'virtual', stages })
}

function pod(name: string, annotations: Readonly<Record<string, string>>, more = ''): string {
  const named = Object.entries(annotations).map(([key, value]) => [
    `simulation.trierarch.io/${key}`,
    value,
  ])
  return `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, annotations: ${JSON.stringify(Object.fromEntries(named))} }
spec: { containers: [{ name: main, image: example }]${more} }
`
}

async function read({ client }: Cluster, name: string): Promise<Pod> {
  return client.get(Pod, { namespace: 'default', name })
}

async function mainOf(cluster: Cluster, name: string) {
  return (await read(cluster, name)).status.containerStatuses![0]!
}

async function runs(cluster: Cluster, name: string): Promise<boolean> {
  return (await read(cluster, name)).status.phase === 'Running'
}

test("simulated Pods run at addresses of their node's podCIDR", async () => {
  await using cluster = await virtualCluster()
  await cluster.eventually(
    async () => (await cluster.client.get(Node, { name: 'node-1' })).spec.podCIDR !== undefined,
  )
  await cluster.apply(`${pod('a', {})}---${pod('b', {})}`)
  await cluster.eventually(async () => (await runs(cluster, 'a')) && (await runs(cluster, 'b')))
  const { spec } = await cluster.client.get(Node, { name: 'node-1' })
  const prefix = spec.podCIDR!.replace(/0\/24$/, '')
  const { status } = await read(cluster, 'a')
  assert.ok(status.podIP!.startsWith(prefix), `${status.podIP} is not in ${spec.podCIDR}`)
  assert.deepEqual(status.podIPs, [{ ip: status.podIP }])
  assert.notEqual((await read(cluster, 'b')).status.podIP, status.podIP)
})

test('simulated containers that crash are restarted with back-off', async () => {
  await using cluster = await virtualCluster()
  await cluster.apply(pod('web', { fail: 'crash', 'run-for': '3s', 'exit-code': '7' }))
  await cluster.eventually(() => runs(cluster, 'web'))
  await cluster.clock.advance('4s')
  const crashed = await mainOf(cluster, 'web')
  assert.equal(crashed.state.waiting?.reason, 'CrashLoopBackOff')
  assert.equal(crashed.lastState.terminated?.exitCode, 7)
  await cluster.clock.advance('10s')
  const again = await mainOf(cluster, 'web')
  assert.ok(again.state.running)
  assert.deepEqual([again.restartCount, again.ready], [1, true])
  await cluster.clock.advance('10m')
  assert.ok((await mainOf(cluster, 'web')).restartCount >= 4)
  const { items } = await cluster.client.list(Event, { namespace: 'default' })
  assert.ok(items.some(({ reason }) => reason === 'BackOff'))
})

test('simulated Pods that fail, pull slowly, not at all, or never turn ready', async () => {
  await using cluster = await virtualCluster()
  await cluster.apply(
    [
      pod('fails', { fail: 'crash', 'run-for': '1s' }, ', restartPolicy: Never'),
      pod('pulls', { pull: '20s' }),
      pod('lacks', { fail: 'image' }),
      pod('unready', { fail: 'readiness' }),
    ].join('---'),
  )
  await cluster.eventually(() => runs(cluster, 'unready'))
  await cluster.clock.advance('5s')
  const failed = await read(cluster, 'fails')
  assert.equal(failed.status.phase, 'Failed')
  assert.equal(failed.status.containerStatuses![0]!.state.terminated?.exitCode, 1)
  assert.equal((await mainOf(cluster, 'pulls')).state.waiting?.reason, 'ContainerCreating')
  assert.equal((await mainOf(cluster, 'lacks')).state.waiting?.reason, 'ErrImagePull')
  assert.equal((await mainOf(cluster, 'unready')).ready, false)
  await cluster.clock.advance('20s')
  assert.ok(await runs(cluster, 'pulls'))
  assert.equal((await mainOf(cluster, 'lacks')).state.waiting?.reason, 'ImagePullBackOff')
  assert.ok(!(await runs(cluster, 'lacks')))
})

test('simulated Jobs complete', async () => {
  await using cluster = await virtualCluster()
  await cluster.apply(`
apiVersion: batch/v1
kind: Job
metadata: { name: sums }
spec:
  completions: 3
  parallelism: 2
  template: { spec: { restartPolicy: Never, containers: [{ name: main, image: example }] } }
`)
  await cluster.eventually(async () => {
    const { status } = await cluster.client.get(Job, { namespace: 'default', name: 'sums' })
    assert.equal(status.succeeded, 3)
  })
})

const GOES = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: { name: web-fails }
spec:
  resourceRef: { apiGroup: v1, kind: Pod }
  selector:
    matchLabels: { app: web }
    matchExpressions:
    - { key: .status.phase, operator: In, values: [Running] }
  weight: 1
  delay:
    durationMilliseconds: 1000
    durationFrom: { expressionFrom: '.metadata.annotations["delay"]' }
  next:
    event: { type: Warning, reason: Sunk, message: the ship is sunk }
    statusTemplate: |
      phase: Failed
      reason: {{ .metadata.labels.app | Quote }}
`

test('Stages of a file are played', async () => {
  await using cluster = await virtualCluster(GOES)
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web }, annotations: { delay: 5s } }
spec: { containers: [{ name: main, image: example }] }
`)
  await cluster.eventually(() => runs(cluster, 'web'))
  await cluster.clock.advance('4s')
  assert.ok(await runs(cluster, 'web'))
  await cluster.clock.advance('2s')
  const { status } = await read(cluster, 'web')
  assert.deepEqual([status.phase, status.reason], ['Failed', 'web'])
  const { items } = await cluster.client.list(Event, { namespace: 'default' })
  assert.ok(items.some(({ reason, type }) => reason === 'Sunk' && type === 'Warning'))
})

test('Stages that cannot be played say why, all at once', async () => {
  const bad = GOES.replace('In,', 'Of,').replace('resourceRef: {', 'resourceRef: { #')
  await assert.rejects(virtualCluster(bad.replace(/spec:[^]*/, 'spec: {}')), (error: Error) => {
    assert.match(error.message, /spec.resourceRef.kind: Required value, spec.next: Required value/)
    return true
  })
  await assert.rejects(
    virtualCluster(GOES.replace('In,', 'Of,')),
    /spec.selector.matchExpressions\[0\].operator: Unsupported value: "Of"/,
  )
  await assert.rejects(
    virtualCluster(GOES.replace('| Quote', '| Shout')),
    /Stage web-fails: function "Shout" not defined/,
  )
  const cel = (text: string): string => GOES.replace(/{ key: .*/, `{ cel: { ${text} } }`)
  await assert.rejects(
    virtualCluster(cel('')),
    /spec.selector.matchExpressions\[0\].cel.expression: Required value/,
  )
  await assert.rejects(
    virtualCluster(cel('expression: Rand() > 0.5')),
    /Stage web-fails: cel: .*undeclared reference to 'Rand'/,
  )
})

const PROVISIONING = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: { name: claim-provision }
spec:
  resourceRef: { kind: PersistentVolumeClaim }
  selector:
    matchExpressions:
      - cel: { expression: "self.spec.storageClassName == 'paper' && !has(self.spec.volumeName)" }
      - cel: { expression: "!has(self.metadata.deletionTimestamp)" }
  delay: { durationFrom: { cel: { expression: "duration('5s')" } } }
  steps:
    - apply:
        template: |
          apiVersion: v1
          kind: PersistentVolume
          metadata: { name: pv-{{ .metadata.uid }} }
          spec:
            accessModes:
            {{ YAML .spec.accessModes 2 }}
            capacity:
            {{ YAML .spec.resources.requests 2 }}
            storageClassName: {{ .spec.storageClassName | Quote }}
            persistentVolumeReclaimPolicy: {{ default "Retain" .spec.reclaimPolicy }}
            claimRef: { namespace: {{ .metadata.namespace | Quote }}, name: {{ .metadata.name | Quote }}, uid: {{ .metadata.uid | Quote }} }
            hostPath: { path: /paper }
    - apply:
        type: merge
        template: |
          apiVersion: v1
          kind: ConfigMap
          metadata: { name: told }
          data: { {{ .metadata.name }}: done }
    - patch: { root: spec, type: json, template: '[{ op: add, path: /volumeName, value: pv-{{ .metadata.uid }} }]' }
`

test('Stages select by CEL, and make and change other objects', async () => {
  await using cluster = await virtualCluster(PROVISIONING)
  const claim = (name: string): string => `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec: { accessModes: [ReadWriteOnce], storageClassName: paper, resources: { requests: { storage: 1Gi } } }
`
  await cluster.apply(
    [claim('a'), claim('b'), claim('other').replace('paper', 'stone')].join('---'),
  )
  await cluster.clock.advance('4s')
  assert.deepEqual((await cluster.client.list(PersistentVolume)).items, [])
  await cluster.clock.advance('30s')
  const { items } = await cluster.client.list(PersistentVolumeClaim)
  assert.deepEqual(
    items.map(({ metadata, status }) => [metadata.name, status.phase]),
    [
      ['a', 'Bound'],
      ['b', 'Bound'],
      ['other', 'Pending'],
    ],
  )
  const told = await cluster.client.get(ConfigMap, { namespace: 'default', name: 'told' })
  assert.deepEqual(told.data, { a: 'done', b: 'done' })
})

test('of Stages without weights any is taken', async () => {
  const either = ['one', 'two'].map((name) =>
    GOES.replace('web-fails', name)
      .replace('weight: 1', 'weight: 0')
      .replace('{{ .metadata.labels.app | Quote }}', name),
  )
  const stages = either.join('---')
  await using cluster = await Cluster.start({ nodes: 1, clock: 'virtual', seed: 1, stages })
  const names = Array.from({ length: 12 }, (_, i) => `web-${i}`)
  const member = (name: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: web } }
spec: { containers: [{ name: main, image: example }] }
`
  await cluster.apply(names.map(member).join('---'))
  await cluster.clock.advance('1m')
  const { items } = await cluster.client.list(Pod, { namespace: 'default' })
  assert.deepEqual(new Set(items.map(({ status }) => status.reason)), new Set(['one', 'two']))
})

const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: PLURAL.GROUP }
spec:
  group: GROUP
  scope: Cluster
  names: { plural: PLURAL, singular: SINGULAR, kind: KIND }
  versions:
    - name: VERSION
      served: true
      storage: true
      subresources: { status: {} }
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`

function define(group: string, version: string, kind: string): string {
  return DEFINITION.replaceAll('GROUP', group)
    .replaceAll('VERSION', version)
    .replaceAll('KIND', kind)
    .replaceAll('PLURAL', `${kind.toLowerCase()}s`)
    .replaceAll('SINGULAR', kind.toLowerCase())
}

test('Stages in the API are played from then on, for any kind', async () => {
  await using cluster = await virtualCluster()
  await cluster.apply(`
${define('kwok.x-k8s.io', 'v1alpha1', 'Stage')}
---
${define('example.com', 'v1', 'Ship')}
---
apiVersion: example.com/v1
kind: Ship
metadata: { name: argo }
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: { name: ship-sails }
spec:
  resourceRef: { apiGroup: example.com/v1, kind: Ship }
  selector: { matchExpressions: [{ key: .status.sails, operator: DoesNotExist }] }
  next:
    finalizers: { add: [{ value: example.com/crew }] }
    statusTemplate: 'sails: {{ len .metadata.name }}'
`)
  const ships = dynamicClass({
    group: 'example.com',
    version: 'v1',
    kind: 'Ship',
    plural: 'ships',
    namespaced: false,
  })
  await cluster.eventually(async () => {
    const ship = await cluster.client.get(ships, { name: 'argo' })
    assert.deepEqual((ship as unknown as { status?: object }).status, { sails: 4 })
    assert.deepEqual(ship.metadata.finalizers, ['example.com/crew'])
  })
})

test('Stages in the API that are deleted or changed no longer go on as they were', async () => {
  await using cluster = await virtualCluster()
  const stage = (app: string, ms: number): string =>
    GOES.replaceAll('web', app).replace('1000', String(ms))
  const member = (app: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${app}, labels: { app: ${app} } }
spec: { containers: [{ name: main, image: example }] }
`
  await cluster.apply(
    [
      define('kwok.x-k8s.io', 'v1alpha1', 'Stage'),
      ...['gone', 'slow', 'same'].map((app) => stage(app, 5000)),
      ...['gone', 'slow', 'same'].map(member),
    ].join('---'),
  )
  await cluster.eventually(() => runs(cluster, 'gone'))
  await cluster.eventually(() => runs(cluster, 'slow'))
  await cluster.clock.advance('2s')
  await cluster.client.delete(STAGE, { name: 'gone-fails' })
  await cluster.client.patch(STAGE, { name: 'slow-fails' }, 'merge', {
    spec: { delay: { durationMilliseconds: 60_000 } },
  })
  await cluster.clock.advance('5s')
  assert.ok(!(await runs(cluster, 'same')))
  assert.ok(await runs(cluster, 'slow'))
  await cluster.clock.advance('60s')
  assert.ok(!(await runs(cluster, 'slow')))
  assert.ok(await runs(cluster, 'gone'))
})

test("nodes with kwok's annotation are simulated, as large as they say", async () => {
  await using cluster = await virtualCluster()
  await cluster.apply(`
apiVersion: v1
kind: Node
metadata: { name: kwok-1, labels: { type: kwok }, annotations: { kwok.x-k8s.io/node: fake } }
spec: { taints: [{ key: kwok.x-k8s.io/node, value: fake, effect: NoSchedule }] }
status: { allocatable: { cpu: "3", pods: "7", nvidia.com/gpu: "1" }, nodeInfo: { kubeletVersion: fake } }
`)
  await cluster.eventually(async () => {
    const { status } = await cluster.client.get(Node, { name: 'kwok-1' })
    assert.ok(status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
  })
  const tolerant = ', nodeSelector: { type: kwok }, tolerations: [{ operator: Exists }]'
  await cluster.apply(pod('web', {}, tolerant))
  await cluster.eventually(() => runs(cluster, 'web'))
  await cluster.client.delete(Node, { name: 'kwok-1' })
  await cluster.clock.advance('2m')
  await cluster.eventually(async () => {
    const { items } = await cluster.client.list(Pod, { namespace: 'default' })
    assert.equal(items.length, 0)
  })
})

test(
  "kwok's examples can be applied",
  { skip: !existsSync(EXAMPLES) && 'no fixtures here' },
  async () => {
    await using cluster = await virtualCluster()
    const text = (path: string): Promise<string> => readFile(join(EXAMPLES, path), 'utf8')
    await cluster.apply(`
apiVersion: v1
kind: Node
metadata: { name: kwok-1, labels: { type: kwok }, annotations: { kwok.x-k8s.io/node: fake } }
status: { allocatable: { cpu: "8", memory: 8Gi, pods: "50", nvidia.com/gpu: "1" } }
`)
    await cluster.apply(await text('injectfailure/failed-pod.yaml'))
    await cluster.eventually(() => runs(cluster, 'failed-pod'))
    await cluster.apply(await text('scheduling/requests-and-limits/pod-1.yaml'))
    await cluster.eventually(() => runs(cluster, 'pod-1'))
    await cluster.apply(await text('scheduling/pod-topology-spread-constraint/deployment.yaml'))
    const { items } = await cluster.client.list(Deployment)
    assert.equal(items.length, 1)
  },
)
