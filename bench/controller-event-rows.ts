import { ReplicaSet } from '../src/api/apps/v1/replica-set.ts'
import { Namespace } from '../src/api/core/v1/namespace.ts'
import { Node } from '../src/api/core/v1/node.ts'
import { withCondition } from '../src/api/core/v1/pod-conditions.ts'
import { Pod } from '../src/api/core/v1/pod.ts'
import { Service } from '../src/api/core/v1/service.ts'
import { SERVED_RESOURCES } from '../src/api/resources.ts'
import { controllerReferenceTo } from '../src/apimachinery/owner-references.ts'
import { testApiServer, type TestApiServer } from '../src/apiserver/testing.ts'
import { keepAlive, systemClock } from '../src/base/clock.node.ts'
import { nodeCrypto } from '../src/base/crypto.node.ts'
import { liveValue } from '../src/base/live-value.ts'
import { silentLogger } from '../src/base/logger.ts'
import { systemRandom } from '../src/base/random.node.ts'
import { createClient } from '../src/client/create-client.ts'
import type { Client } from '../src/client/client.ts'
import { startManager, type Manager } from '../src/controller-runtime/index.ts'
import { CONTROLLERS } from '../src/controllers/index.ts'
import { load, measured } from './measured.ts'
import type { Figure, Row } from './row.ts'

/** Whether an event costs more where there is more of everything. */
export const CONTROLLER_EVENT_ROWS: readonly Row[] = [
  {
    name: 'controller-events',
    what: 'processor time of API server and all controllers for a Pod that turns ready or not',
    measure: measureEvents,
  },
]

const PODS = [1000, 10_000, 100_000]
const PODS_PER_OWNER = 100
const PODS_PER_NODE = 100
const EVENTS = 200
const REST_MS = 1500
const IDLE_SHARE = 0.1 // Of one core.

async function measureEvents(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const pods of PODS) {
    figures.push({
      name: `${pods.toLocaleString('en')} Pods`,
      value: await measureWith(pods),
      unit: 'ms of processor time an event',
      note: load(),
      point: { series: 'an event', x: pods },
    })
  }
  return figures
}

async function measureWith(count: number): Promise<number> {
  using _alive = keepAlive()
  await using server = await testApiServer({ clock: systemClock })
  const client = createClient(server.transport)
  const pods = await populate(client, count)
  await using manager = startControllers(server)
  await manager.waitForSync()
  await rest(server)
  // The same few owners each time, so that as many events come together.
  const step = PODS[0]! / EVENTS
  const chosen = Array.from({ length: EVENTS }, (_, i) => pods[i * step]!)
  const { cpuMs } = await measured(async () => {
    for (const pod of chosen) await setReady(client, pod, 'False')
    await rest(server)
  })
  return cpuMs / EVENTS
}

function startControllers({ transport }: TestApiServer): Manager {
  const options = {
    builtIn: SERVED_RESOURCES,
    rootCA: liveValue('PEM'),
    clusterCIDR: '10.244.0.0/16',
    signToken: () => '',
    crypto: nodeCrypto(),
    authority: () => {
      throw new Error('nothing is signed')
    },
    nodeMonitorGraceMs: 3_600_000,
  }
  return startManager({
    controllers: CONTROLLERS.flatMap(({ create }) => create(options) ?? []),
    transport,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  })
}

/** Resolves once nothing has been written for a while, and next to nothing was done. */
async function rest({ store }: TestApiServer): Promise<void> {
  for (let before = -1; ;) {
    const { cpuMs } = await measured(
      () =>
        new Promise((resolve) => {
          setTimeout(resolve, REST_MS)
        }),
    )
    const revision = await store.revision()
    if (revision === before && cpuMs < REST_MS * IDLE_SHARE) return
    before = revision
  }
}

/** Pods that are ready, on nodes that are, of ReplicaSets behind Services: all at rest. */
async function populate(client: Client, count: number): Promise<readonly Pod[]> {
  await client.create(Namespace, { metadata: { name: 'default' } }).catch(() => undefined)
  for (let i = 0; i < count / PODS_PER_NODE; i += 1) {
    const node = await client.create(Node, { metadata: { name: `node-${i}` } })
    const conditions = [condition('True')]
    await client.updateStatus(Node, { ...node, status: { ...node.status, conditions } })
  }
  const pods: Pod[] = []
  for (let i = 0; i < count / PODS_PER_OWNER; i += 1) {
    const owner = await createOwner(client, `web-${i}`)
    for (let j = 0; j < PODS_PER_OWNER; j += 1)
      pods.push(await createPod(client, owner, j, `node-${pods.length % (count / PODS_PER_NODE)}`))
  }
  return pods
}

async function createOwner(client: Client, name: string): Promise<ReplicaSet> {
  const metadata = { namespace: 'default', name }
  const selector = { app: name }
  await client.create(Service, { metadata, spec: { selector, ports: [{ port: 80 }] } })
  return client.create(ReplicaSet, {
    metadata,
    spec: {
      replicas: PODS_PER_OWNER,
      selector: { matchLabels: selector },
      template: { metadata: { labels: selector }, spec },
    },
  })
}

const spec = { containers: [{ name: 'main', image: 'example' }] }

async function createPod(
  client: Client,
  owner: ReplicaSet,
  number: number,
  nodeName: string,
): Promise<Pod> {
  const { namespace, name } = owner.metadata
  const pod = await client.create(Pod, {
    metadata: {
      namespace,
      name: `${name}-${number}`,
      labels: { app: name },
      ownerReferences: [controllerReferenceTo(owner)],
    },
    spec: { ...spec, nodeName },
  })
  const podIP = `10.${(number >> 8) & 255}.${number & 255}.1`
  return client.updateStatus(Pod, {
    ...pod,
    status: {
      ...pod.status,
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
      conditions: [condition('True')],
    },
  })
}

async function setReady(client: Client, { metadata }: Pod, status: string): Promise<void> {
  const pod = await client.get(Pod, metadata)
  const conditions = withCondition(pod.status.conditions, condition(status))
  await client.updateStatus(Pod, { ...pod, status: { ...pod.status, conditions } })
}

function condition(status: string) {
  return { type: 'Ready', status, lastTransitionTime: '2026-01-01T00:00:00Z' }
}
