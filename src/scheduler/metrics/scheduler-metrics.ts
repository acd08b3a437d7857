import { exponentialBuckets, type MetricSet } from '../../base/metrics.ts'
import type { Code } from '../framework/status.ts'

export type AttemptResult = 'scheduled' | 'unschedulable' | 'error'

/** What a scheduler has at the moment. */
export interface SchedulerState {
  readonly pending: Readonly<Record<'active' | 'backoff' | 'unschedulable' | 'gated', number>>
  readonly nodes: number
  readonly pods: number
  readonly assumedPods: number
  /** Bindings under way. */
  readonly bindings: number
  /** How many Pods each plugin turned away that wait still. */
  readonly unschedulable: readonly {
    readonly plugin: string
    readonly profile: string
    readonly count: number
  }[]
}

/** Whom a scheduler tells what it does, by durations in milliseconds. */
export interface SchedulerMetrics {
  /** What a scheduler has is shown until disposed. */
  running(state: () => SchedulerState): Disposable
  /** A Pod was tried. */
  attempted(profile: string, result: AttemptResult, ms: number): void
  /** A node was chosen, or none found. */
  searched(ms: number): void
  /** A Pod was bound, so long after it could be tried first. */
  bound(attempts: number, ms: number): void
  /** A Pod came into a queue because of an event. */
  queued(queue: string, event: string): void
  pointRan(profile: string, point: string, code: Code, ms: number): void
  /** Told of a sample of the cycles. */
  pluginRan(plugin: string, point: string, code: Code, ms: number): void
  pluginAsked(plugin: string, point: string, profile: string): void
  permitWaited(code: Code, ms: number): void
  preempted(victims: number): void
}

/** Counts nothing. */
export const noMetrics: SchedulerMetrics = {
  running: () => ({ [Symbol.dispose]: () => undefined }),
  attempted: () => undefined,
  searched: () => undefined,
  bound: () => undefined,
  queued: () => undefined,
  pointRan: () => undefined,
  pluginRan: () => undefined,
  pluginAsked: () => undefined,
  permitWaited: () => undefined,
  preempted: () => undefined,
}

const LONG_BUCKETS = exponentialBuckets(0.001, 2, 15)
const SLI_BUCKETS = exponentialBuckets(0.01, 2, 20)
const POINT_BUCKETS = exponentialBuckets(0.0001, 2, 12)
const PLUGIN_BUCKETS = exponentialBuckets(0.00001, 1.5, 20)
const VICTIM_BUCKETS = exponentialBuckets(1, 2, 7)
const ATTEMPT_BUCKETS = exponentialBuckets(1, 2, 5)
const ATTEMPTS_MAX = 15

/** Counts in `set`, by kube-scheduler's names. Made once for each set; schedulers may come and go. */
export function schedulerMetrics(set: MetricSet): SchedulerMetrics {
  const counter = (name: string, help: string, labels: readonly string[]) =>
    set.counter({ name: `scheduler_${name}`, help, labels })
  const histogram = (
    name: string,
    help: string,
    buckets: readonly number[],
    labels: readonly string[] = [],
  ) => set.histogram({ name: `scheduler_${name}`, help, labels, buckets })

  const attempts = counter(
    'schedule_attempts_total',
    "[STABLE] Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
    ['result', 'profile'],
  )
  const attemptSeconds = histogram(
    'scheduling_attempt_duration_seconds',
    '[STABLE] Scheduling attempt latency in seconds (scheduling algorithm + binding)',
    LONG_BUCKETS,
    ['result', 'profile'],
  )
  const algorithmSeconds = histogram(
    'scheduling_algorithm_duration_seconds',
    '[ALPHA] Scheduling algorithm latency in seconds',
    LONG_BUCKETS,
  ).with()
  const sliSeconds = histogram(
    'pod_scheduling_sli_duration_seconds',
    '[BETA] E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might involve multiple scheduling attempts.',
    SLI_BUCKETS,
    ['attempts'],
  )
  const podAttempts = histogram(
    'pod_scheduling_attempts',
    '[STABLE] Number of attempts to successfully schedule a pod.',
    ATTEMPT_BUCKETS,
  ).with()
  const incoming = counter(
    'queue_incoming_pods_total',
    '[STABLE] Number of pods added to scheduling queues by event and queue type.',
    ['queue', 'event'],
  )
  const pointSeconds = histogram(
    'framework_extension_point_duration_seconds',
    '[STABLE] Latency for running all plugins of a specific extension point.',
    POINT_BUCKETS,
    ['extension_point', 'status', 'profile'],
  )
  const pluginSeconds = histogram(
    'plugin_execution_duration_seconds',
    '[ALPHA] Duration for running a plugin at a specific extension point.',
    PLUGIN_BUCKETS,
    ['plugin', 'extension_point', 'status'],
  )
  const evaluations = counter(
    'plugin_evaluation_total',
    '[ALPHA] Number of attempts to schedule pods by each plugin and the extension point (available only in PreFilter, Filter, PreScore, and Score).',
    ['plugin', 'extension_point', 'profile'],
  )
  const permitSeconds = histogram(
    'permit_wait_duration_seconds',
    '[ALPHA] Duration of waiting on permit.',
    LONG_BUCKETS,
    ['result'],
  )
  const preemptions = counter(
    'preemption_attempts_total',
    '[STABLE] Total preemption attempts in the cluster till now',
    [],
  ).with()
  const victimCounts = histogram(
    'preemption_victims',
    '[STABLE] Number of selected preemption victims',
    VICTIM_BUCKETS,
  ).with()

  return {
    running: stateMetrics(set),
    attempted(profile, result, ms) {
      attempts.with(result, profile).inc()
      attemptSeconds.with(result, profile).observe(ms / 1000)
    },
    searched: (ms) => algorithmSeconds.observe(ms / 1000),
    bound(count, ms) {
      podAttempts.observe(count)
      const label = count >= ATTEMPTS_MAX ? `${ATTEMPTS_MAX}+` : String(count)
      sliSeconds.with(label).observe(ms / 1000)
    },
    queued: (queue, event) => incoming.with(queue, event).inc(),
    pointRan: (profile, point, code, ms) =>
      pointSeconds.with(point, code, profile).observe(ms / 1000),
    pluginRan: (plugin, point, code, ms) =>
      pluginSeconds.with(plugin, point, code).observe(ms / 1000),
    pluginAsked: (plugin, point, profile) => evaluations.with(plugin, point, profile).inc(),
    permitWaited: (code, ms) => permitSeconds.with(code).observe(ms / 1000),
    preempted(victims) {
      preemptions.inc()
      victimCounts.observe(victims)
    },
  }
}

/** Gauges of what a scheduler has, looked up when somebody reads them. */
function stateMetrics(set: MetricSet): SchedulerMetrics['running'] {
  const gauge = (name: string, help: string, labels: readonly string[]) =>
    set.gauge({ name: `scheduler_${name}`, help, labels })
  const pending = gauge(
    'pending_pods',
    "[STABLE] Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulablePods that the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that the scheduler never attempted to schedule because they are gated.",
    ['queue'],
  )
  const cached = gauge(
    'cache_size',
    '[ALPHA] Number of nodes, pods, and assumed (bound) pods in the scheduler cache.',
    ['type'],
  )
  const goroutines = gauge(
    'goroutines',
    '[ALPHA] Number of running goroutines split by the work they do such as binding.',
    ['operation'],
  )
  const unschedulable = gauge(
    'unschedulable_pods',
    '[ALPHA] The number of unschedulable pods broken down by plugin name. A pod will increment the gauge for all plugins that caused it to not schedule and so this metric have meaning only when broken down by plugin.',
    ['plugin', 'profile'],
  )
  let current: (() => SchedulerState) | undefined
  set.onCollect(() => {
    for (const family of [pending, cached, goroutines, unschedulable]) family.clear()
    if (!current) return
    const state = current()
    for (const [queue, count] of Object.entries(state.pending)) pending.with(queue).set(count)
    cached.with('nodes').set(state.nodes)
    cached.with('pods').set(state.pods)
    cached.with('assumed_pods').set(state.assumedPods)
    goroutines.with('binding').set(state.bindings)
    for (const { plugin, profile, count } of state.unschedulable)
      unschedulable.with(plugin, profile).set(count)
  })
  return (state) => {
    current = state
    return {
      [Symbol.dispose]() {
        if (current === state) current = undefined
      },
    }
  }
}
