import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Deployment } from '../../api/apps/v1/deployment.ts'
import { Job } from '../../api/batch/v1/job.ts'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Namespace } from '../../api/core/v1/namespace.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { podCondition } from '../../api/core/v1/pod-conditions.ts'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { systemRandom } from '../../base/random.node.ts'
import { Cluster } from '../cluster.node.ts'
import { reasonText } from './answer.ts'
import { why, WhyError } from './why.ts'

const platform = { clock: systemClock, random: systemRandom, logger: silentLogger }

async function ask(cluster: Cluster, kind: string, name: string): Promise<string> {
  const subject = { kind, name, namespace: 'default' }
  return reasonText(await why(subject, { client: cluster.client, ...platform }))
}

/** A Pod that asks for more than any node has. */
const LARGE = `
apiVersion: v1
kind: Pod
metadata: { name: large, labels: { app: large } }
spec:
  containers: [{ name: main, image: nginx, resources: { requests: { cpu: '1000' } } }]
`

test('why() names for a Pod that waits each node, the check that failed, and what would help', async () => {
  await using cluster = await Cluster.start({ nodes: 2 })
  await cluster.apply(LARGE)
  await waitUntilTried(cluster, 'large')
  const lines = (await ask(cluster, 'po', 'large')).split('\n')
  assert.match(lines[0]!, /^pod\/large waits: 0\/2 nodes are available: 2 Insufficient cpu\./)
  assert.deepEqual(
    lines.filter((line) => /^ {2}\S/.test(line)),
    [
      '  node-1: NodeResourcesFit: Insufficient cpu',
      '  node-2: NodeResourcesFit: Insufficient cpu',
    ],
  )
  assert.match(lines[2]!, /^ {4}→ ask for at most \d+ cpu instead of 1000$/)
})

test('why() looks behind a Service and a Deployment at the Pods that are not ready', async () => {
  await using cluster = await Cluster.start()
  await cluster.apply(`
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`)
  assert.equal(
    await ask(cluster, 'service', 'web'),
    `service/web has no ready endpoints
  no Pod in namespace default has the labels app=web
    → compare with kubectl -n default get pods --show-labels
`,
  )
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      nodeSelector: { disk: ssd }
      containers: [{ name: main, image: nginx }]
`)
  const found = await firstPod(cluster)
  await waitUntilTried(cluster, found)
  for (const [kind, name] of [
    ['deploy', 'web'],
    ['svc', 'web'],
  ] as const) {
    const text = await ask(cluster, kind, name)
    assert.match(text, new RegExp(`pod/${found} waits: 0/1 nodes are available`), kind)
    assert.match(text, /→ kubectl label node node-1 --overwrite disk=ssd/, kind)
  }
})

test('why() names the smallest change for containers that cannot run', async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  const { client } = cluster
  const state = (reason: string, message?: string) => ({
    terminated: { exitCode: 137, reason, message },
  })
  const backOff = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } }
  const told = async (name: string, status: object): Promise<string> => {
    const resources = { limits: { memory: '16Mi' } }
    await client.create(Pod, {
      metadata: { namespace: 'default', name },
      spec: { nodeName: 'far', containers: [{ name: 'main', image: 'example', resources }] },
    })
    const key = { namespace: 'default', name }
    const containerStatuses = [
      { name: 'main', image: 'example', imageID: '', ready: false, restartCount: 1, ...status },
    ]
    await client.patch(
      Pod,
      key,
      'merge',
      { status: { containerStatuses } },
      { subresource: 'status' },
    )
    return ask(cluster, 'pod', name)
  }
  assert.match(
    await told('oom', { state: backOff, lastState: state('OOMKilled') }),
    /→ allow it more memory than 16Mi: resources\.limits\.memory of container main\n/,
  )
  assert.match(
    await told('start', {
      state: backOff,
      lastState: state('StartError', 'exec: "no": not found'),
    }),
    /→ give it a command that its image has: exec: "no": not found\n/,
  )
  const waiting = { reason: 'CreateContainerConfigError', message: 'configmap "a" not found' }
  assert.match(
    await told('config', { state: { waiting }, lastState: {} }),
    /configmap "a" not found\n {4}→ create what is missing, or mark it as optional in the Pod\n/,
  )
})

test('why() tells once what a Deployment and its ReplicaSet both say', async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { serviceAccountName: absent, containers: [{ name: main, image: nginx }] }
`)
  const key = { namespace: 'default', name: 'web' }
  await cluster.eventually(async () => {
    const { status } = await cluster.client.get(Deployment, key)
    return status.conditions?.some(({ type }) => type === 'ReplicaFailure') ?? false
  })
  const text = await ask(cluster, 'deploy', 'web')
  assert.equal(text.match(/ReplicaFailure: FailedCreate: pods/g)?.length, 1, text)
})

test('why() tells of what is stuck in Terminating which finalizer holds it, and what is left of a namespace', async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  const { client } = cluster
  await client.create(Namespace, { metadata: { name: 'old' } })
  const metadata = { name: 'kept', namespace: 'old', finalizers: ['example.com/hold'] }
  await client.create(ConfigMap, { metadata })
  await client.delete(Namespace, { name: 'old' })
  await namespaceToldWhatIsLeft(cluster)
  const text = await ask(cluster, 'ns', 'old')
  assert.match(text, /^namespace\/old is being deleted since /)
  assert.match(text, /Some resources are remaining: configmaps\. has 1 resource instances/)
  assert.match(text, /example\.com\/hold in 1 resource instances/)
  const subject = { kind: 'cm', name: 'kept', namespace: 'old' }
  const held = reasonText(await why(subject, { client, ...platform }))
  assert.match(held, /finalizer example\.com\/hold holds it/)
  assert.match(held, /kubectl -n old edit configmaps kept/)
  await client.patch(ConfigMap, metadata, 'merge', { metadata: { finalizers: null } })
})

test('why() tells of a claim that nobody makes a volume for', async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  await cluster.apply(`
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec:
  storageClassName: fast
  accessModes: [ReadWriteOnce]
  resources: { requests: { storage: 1Gi } }
`)
  assert.match(
    await ask(cluster, 'pvc', 'data'),
    /persistentvolumeclaim\/data is not bound\n {2}StorageClass fast does not exist\n {4}→ create it, or name another: kubectl get storageclass/,
  )
})

test('why() says in one sentence that an object or its kind does not exist', async () => {
  await using cluster = await Cluster.start({ nodes: 0 })
  await assert.rejects(ask(cluster, 'pod', 'gone'), new WhyError('pods "gone" not found'))
  await assert.rejects(
    ask(cluster, 'cake', 'a'),
    new WhyError('the server doesn\'t have a resource type "cake"'),
  )
})

async function waitUntilTried({ client }: Cluster, name: string): Promise<void> {
  for await (const event of client.watch(Pod, { namespace: 'default' })) {
    if (event.type === 'BOOKMARK' || event.object.metadata.name !== name) continue
    if (podCondition(event.object.status, 'PodScheduled')?.status === 'False') return
  }
}

async function firstPod({ client }: Cluster): Promise<string> {
  for await (const event of client.watch(Pod, { namespace: 'default' })) {
    if (event.type === 'ADDED') return event.object.metadata.name
  }
  throw new Error('the watch ended')
}

async function namespaceToldWhatIsLeft({ client }: Cluster): Promise<void> {
  for await (const event of client.watch(Namespace)) {
    if (event.type === 'BOOKMARK') continue
    const { conditions = [] } = event.object.status
    if (conditions.some(({ type, status }) => type.endsWith('Remaining') && status === 'True'))
      return
  }
}

test('why() finds nothing that keeps a finished Job back, which tells no generation', async () => {
  await using cluster = await Cluster.start()
  await cluster.apply(`
apiVersion: batch/v1
kind: Job
metadata: { name: once }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: main, image: busybox }] } } }
`)
  const options = { namespace: 'default', fieldSelector: 'metadata.name=once' }
  for await (const event of cluster.client.watch(Job, options)) {
    if (event.type === 'ADDED' || event.type === 'MODIFIED') {
      if (event.object.status.conditions?.some((each) => each.type === 'Complete')) break
    }
  }
  assert.equal(await ask(cluster, 'job', 'once'), 'job/once has nothing that keeps it back.\n')
})
