import { Lease } from '../../api/coordination/v1/lease.ts'
import { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isPodReady, withCondition } from '../../api/core/v1/pod-conditions.ts'
import { timestamp } from '../../base/clock.ts'
import type { Counter, Family, MetricSet } from '../../base/metrics.ts'
import {
  controller,
  done,
  firstFailure,
  indexBy,
  requeueAfter,
  type Controller,
  type ControllerContext,
  type ObjectKey,
  type Pass,
  type PassCache,
  type Result,
} from '../../controller-runtime/index.ts'
import { readyCondition } from '../common/node-health.ts'
import { podsByNode } from '../common/pod-indexes.ts'
import { unlessGone } from '../common/unless-gone.ts'
import { Heartbeats, silentConditions } from './node-health.ts'
import { evictionKey, isEviction, planTaints } from './taints-plan.ts'
import {
  EVICTION_RATES,
  evictionRate,
  EvictionTurns,
  isAllDisrupted,
  isFailed,
  zoneOf,
  type EvictionRates,
  type ZoneCounts,
} from './zones.ts'

export interface NodeLifecycleOptions {
  /** How long a node may be silent before it counts as lost; 50 s where absent. */
  readonly graceMs?: number
  /** The same for a node that has never reported its state; 60 s where absent. */
  readonly startupGraceMs?: number
  readonly rates?: EvictionRates
}

const LEASE_NAMESPACE = 'kube-node-lease'

const nodesByZone = indexBy(Node, 'zone', (node) => [
  `${isFailed(node) ? 'failed' : 'ready'} ${zoneOf(node)}`,
])

/**
 * Notices nodes that have gone silent, keeps Pods away from nodes that are not well, and has those that run there
 * driven off: slowly, should many nodes fail at once.
 */
export function nodeLifecycleController({
  graceMs = 50_000,
  startupGraceMs = 60_000,
  rates = EVICTION_RATES,
}: NodeLifecycleOptions = {}): Controller {
  const heartbeats = new Heartbeats()
  const turns = new EvictionTurns()
  const registered = new Set<string>()
  /** Nodes that were ready when they were last looked at. */
  const ready = new Set<string>()

  return controller<Node>('node-lifecycle-controller', {
    eventSource: 'node-controller',
    queueName: 'node_lifecycle_controller',
    for: Node,
    reads: [Pod],
    sources(context, add) {
      const stack = new DisposableStack()
      stack.use(followHeartbeats(heartbeats, context))
      stack.use(followReadiness(context, add))
      return stack
    },
    concurrency: 8,

    async reconcile(node, pass) {
      const { name, uid } = node.metadata
      const { clock, events, client } = pass
      if (!registered.has(uid)) {
        registered.add(uid)
        events.normal(
          node,
          'RegisteredNode',
          `Node ${name} event: Registered Node ${name} in Controller`,
        )
      }
      const grace = readyCondition(node) ? graceMs : startupGraceMs
      const silentMs = clock.monotonic() - (heartbeats.lastMs(name) ?? clock.monotonic())
      if (silentMs >= grace) {
        const conditions = silentConditions(node, timestamp(clock))
        if (conditions !== node.status.conditions) {
          await client.updateStatus(Node, { ...node, status: { ...node.status, conditions } })
          return done // The new conditions lead here again.
        }
      }
      await noticeReadiness(node, ready, pass)
      const taints = await taint(node, pass, turns, rates)
      const silence = silentMs < grace ? requeueAfter(grace - silentMs) : done
      return earlier(taints, silence)
    },

    async gone({ name }, { events }) {
      heartbeats.forget(name)
      ready.delete(name)
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } }
      events.normal(
        node,
        'RemovingNode',
        `Node ${name} event: Removing Node ${name} from Controller`,
      )
    },
  })
}

/** Notes signs of life. They come too often to look at a node for each. */
function followHeartbeats(
  heartbeats: Heartbeats,
  { informers, clock }: ControllerContext,
): Disposable {
  const stack = new DisposableStack()
  const onNode = (node: Node): void => {
    const { lastHeartbeatTime, status } = readyCondition(node) ?? {}
    // What this controller itself wrote is no sign of life.
    if (status === 'Unknown') return
    heartbeats.observe(node.metadata.name, `status ${lastHeartbeatTime}`, clock.monotonic())
  }
  const onLease = ({ metadata, spec }: Lease): void => {
    if (!spec.renewTime) return
    heartbeats.observe(metadata.name, `lease ${spec.renewTime}`, clock.monotonic())
  }
  stack.use(informers.informer(Node).subscribe({ add: onNode, update: onNode }))
  const leases = informers.informer(Lease, { namespace: LEASE_NAMESPACE })
  stack.use(leases.subscribe({ add: onLease, update: onLease }))
  return stack
}

/**
 * Leads to all nodes when the last one that was ready no longer is, since none drives its Pods off any more, and when the
 * first one is ready again.
 */
function followReadiness(
  { informers, cache }: ControllerContext,
  add: (key: ObjectKey) => void,
): Disposable {
  let wasAnyReady = false
  const look = (): void => {
    const isAnyReady = cache.valuesOf(nodesByZone).some((value) => value.startsWith('ready '))
    if (isAnyReady === wasAnyReady) return
    wasAnyReady = isAnyReady
    for (const { metadata } of cache.list(Node)) add(metadata)
  }
  return informers.informer(Node).subscribe({ add: look, update: look, delete: look })
}

/** When a node stops being ready, its Pods take no more traffic. */
async function noticeReadiness(node: Node, ready: Set<string>, pass: Pass): Promise<void> {
  const { name } = node.metadata
  if (!isFailed(node)) {
    ready.add(name)
    return
  }
  if (ready.has(name)) {
    pass.events.normal(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`)
  }
  const pods = pass.cache.find(podsByNode, name).filter(isPodReady)
  const failure = await firstFailure(...pods.map((pod) => setNotReady(pod, pass)))
  if (failure) throw failure
  ready.delete(name)
}

async function setNotReady(pod: Pod, { client, clock, events }: Pass): Promise<void> {
  const { status } = pod
  const before = status.conditions?.find(({ type }) => type === 'Ready')
  const notReady = {
    ...before,
    type: 'Ready',
    status: 'False',
    lastTransitionTime: timestamp(clock),
  }
  const conditions = withCondition(status.conditions, notReady)
  events.warning(pod, 'NodeNotReady', 'Node is not ready')
  await unlessGone(client.updateStatus(Pod, { ...pod, status: { ...status, conditions } }))
}

/** Gives a node the taints that its conditions ask for; those that drive Pods away when it is its turn. */
async function taint(
  node: Node,
  pass: Pass,
  turns: EvictionTurns,
  rates: EvictionRates,
): Promise<Result> {
  const { clock, client, cache } = pass
  const nowMs = clock.monotonic()
  const zone = zoneOf(node)
  const counts = evictionKey(node) === undefined ? undefined : zoneCounts(zone, cache)
  const isTurnNeeded = counts !== undefined && !(node.spec.taints ?? []).some(isEviction)
  const perSecond = counts ? evictionRate(counts.zone, counts.all, rates) : 0
  const waitMs = isTurnNeeded ? turns.msUntilNext(zone, perSecond, nowMs) : undefined
  const eviction = counts && isAllDisrupted(counts.all) ? 'never' : waitMs === 0 ? 'now' : 'wait'
  const taints = planTaints(node, { eviction, now: timestamp(clock) })
  if (taints !== node.spec.taints && (taints.length > 0 || node.spec.taints)) {
    if (eviction === 'now') turns.take(zone, nowMs)
    // Others write taints too: none of theirs may be lost.
    const { resourceVersion, name } = node.metadata
    await client.patch(Node, { name }, 'merge', { metadata: { resourceVersion }, spec: { taints } })
    if (eviction === 'now') pass.metrics.own(evictions).with(zone).inc()
  }
  return isTurnNeeded && eviction === 'wait' ? requeueAfter(waitMs ?? RECHECK_MS) : done
}

// While no node of a zone may be emptied, the recovery of another one does not tell this one.
const RECHECK_MS = 5000

/** How many nodes of this zone and of each are ready. */
function zoneCounts(
  zone: string,
  cache: PassCache,
): { readonly zone: ZoneCounts; readonly all: readonly ZoneCounts[] } {
  const countsOf = (each: string): ZoneCounts => ({
    ready: cache.count(nodesByZone, `ready ${each}`),
    failed: cache.count(nodesByZone, `failed ${each}`),
  })
  const zones = new Set(
    cache.valuesOf(nodesByZone).map((value) => value.slice(value.indexOf(' ') + 1)),
  )
  return { zone: countsOf(zone), all: [...zones].map(countsOf) }
}

function earlier(a: Result, b: Result): Result {
  if (a.type === 'done') return b
  if (b.type === 'done') return a
  return a.ms <= b.ms ? a : b
}

const evictions = (set: MetricSet): Family<Counter> =>
  set.counter({
    name: 'node_collector_evictions_total',
    help: 'Number of Node evictions that happened since current instance of NodeController started.',
    labels: ['zone'],
  })
