import { Namespace } from '../src/api/core/v1/namespace.ts'
import { Node } from '../src/api/core/v1/node.ts'
import { Pod } from '../src/api/core/v1/pod.ts'
import { ServiceAccount } from '../src/api/core/v1/service-account.ts'
import { PriorityClass } from '../src/api/scheduling/v1/priority-class.ts'
import { createSecureApiServer } from '../src/apiserver/secure-api-server.ts'
import { keepAlive, systemClock } from '../src/base/clock.node.ts'
import { nodeCrypto } from '../src/base/crypto.node.ts'
import { silentLogger } from '../src/base/logger.ts'
import { systemRandom } from '../src/base/random.node.ts'
import type { Client } from '../src/client/client.ts'
import { createClient } from '../src/client/create-client.ts'
import { startOwnScheduler } from '../src/cluster/components.ts'
import { serviceAccountTokens } from '../src/pki/service-account-tokens.ts'
import type { Input } from '../src/schema/message.ts'
import { MemoryStore } from '../src/storage/memory/memory-store.ts'

export interface SchedulerLoad {
  readonly nodes: number
  readonly nodeOf?: (i: number) => {
    readonly labels?: Record<string, string>
    readonly pods?: string
  }
  readonly priorityClasses?: readonly Input<PriorityClass>[]
  /** Pods that are there before. */
  readonly before?: { readonly count: number; readonly pod: PodOf }
  readonly measured: { readonly count: number; readonly pod: PodOf }
}

type PodOf = (i: number) => { readonly labels?: Record<string, string>; readonly spec?: object }

export interface Rate {
  /** Bindings a second between the tenth and the ninetieth percentile of their times, as a watch tells of them. */
  readonly wall: number
  /** The same by the processor time of this whole process. */
  readonly cpu: number
}

const CREATORS = 16

/** An API server with all its checks and a scheduler in this process, and nodes that exist in the API alone. */
export async function measureScheduling(load: SchedulerLoad): Promise<Rate> {
  await using stack = new AsyncDisposableStack()
  stack.use(keepAlive()) // What is in this process alone keeps none alive.
  const { client, api } = await startServer(stack)
  const { nodeOf = () => ({}) } = load
  await client.create(ServiceAccount, { metadata: { namespace: 'default', name: 'default' } })
  await inParallel(load.nodes, (i) => createNode(client, i, nodeOf(i)))
  for (const each of load.priorityClasses ?? []) await client.create(PriorityClass, each)
  const shared = { clock: systemClock, random: systemRandom, logger: silentLogger }
  const scheduler = stack.use(startOwnScheduler({ ...shared, api }))
  await scheduler.informers.waitForSync()
  const bound = await countBindings(client, stack)
  const { before, measured } = load
  if (before) {
    await inParallel(before.count, (i) => createPod(client, `before-${i}`, before.pod(i)))
    await bound.reached(before.count)
  }
  bound.reset()
  const created = inParallel(measured.count, (i) => createPod(client, `pod-${i}`, measured.pod(i)))
  await bound.reached(measured.count)
  await created
  return bound.rate()
}

async function startServer(stack: AsyncDisposableStack) {
  const clock = systemClock
  const crypto = nodeCrypto()
  const store = stack.use(new MemoryStore({ clock }))
  const signingKey = crypto.generateKeyPair('ES256').privateKey
  const api = stack.use(
    createSecureApiServer({
      store,
      clock,
      random: systemRandom,
      crypto,
      logger: silentLogger,
      tokens: serviceAccountTokens({ crypto, clock, signingKey }),
    }),
  )
  await api.start()
  const client = createClient(api.transportFor({ name: 'bench', groups: ['system:masters'] }))
  await client.create(Namespace, { metadata: { name: 'default' } }).catch(() => undefined)
  return { api, client }
}

/** New nodes are tainted until a controller has seen them ready, and there is none here. */
async function createNode(
  client: Client,
  i: number,
  { labels = {}, pods = '110' }: { labels?: Record<string, string>; pods?: string },
): Promise<void> {
  const name = `node-${i}`
  const amounts = { cpu: '4', memory: '32Gi', pods }
  const node = await client.create(Node, {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    status: {
      capacity: amounts,
      allocatable: amounts,
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  })
  await client.update(Node, { ...node, spec: {} })
}

function createPod(
  client: Client,
  name: string,
  { labels, spec }: ReturnType<PodOf>,
): Promise<unknown> {
  const requests = { cpu: '100m', memory: '500Mi' }
  return client.create(Pod, {
    metadata: { namespace: 'default', name, ...(labels && { labels }) },
    spec: {
      containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10', resources: { requests } }],
      ...spec,
    },
  })
}

async function inParallel(count: number, run: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await run(next++)
  }
  await Promise.all(Array.from({ length: CREATORS }, worker))
}

/** When so many Pods had been bound. */
interface Sample {
  readonly count: number
  readonly ms: number
  readonly cpuMs: number
}

const SAMPLE = 16 // Looking at the clocks costs as much as telling of a binding.

function sample(count: number): Sample {
  const { user, system } = process.cpuUsage()
  return { count, ms: performance.now(), cpuMs: (user + system) / 1000 }
}

/** Follows which Pods get nodes. */
async function countBindings(client: Client, stack: AsyncDisposableStack) {
  const seen = new Set<string>()
  let bound = 0
  let samples: Sample[] = []
  let waiting: { readonly count: number; readonly resolve: () => void } | undefined
  const abort = new AbortController()
  const { resourceVersion } = await client.list(Pod)
  const follow = async (): Promise<void> => {
    for await (const event of client.watch(Pod, { resourceVersion, signal: abort.signal })) {
      if (event.type !== 'MODIFIED' || !event.object.spec.nodeName) continue
      const { uid } = event.object.metadata
      if (seen.has(uid)) continue
      seen.add(uid)
      bound += 1
      if (bound % SAMPLE === 0) samples.push(sample(bound))
      if (waiting && bound >= waiting.count) waiting.resolve()
    }
  }
  const following = follow().catch(() => undefined)
  stack.defer(async () => {
    abort.abort()
    await following
  })
  return {
    reset(): void {
      bound = 0
      samples = []
    },
    async reached(count: number): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting = { count, resolve }
      if (bound >= count) resolve()
      await promise
    },
    rate(): Rate {
      const first = samples.find(({ count }) => count >= 0.1 * bound)!
      const last = samples.findLast(({ count }) => count <= 0.9 * bound)!
      const perSecond = (ms: number): number => ((last.count - first.count) * 1000) / ms
      return { wall: perSecond(last.ms - first.ms), cpu: perSecond(last.cpuMs - first.cpuMs) }
    },
  }
}
