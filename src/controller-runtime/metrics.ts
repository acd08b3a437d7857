import type { MetricSet } from '../base/metrics.ts'
import type { WorkQueue, WorkQueueObserver } from './work-queue.ts'

/** Where controllers report what they do, for whoever counts. */
export interface ControllerMetrics {
  /** A controller runs until what comes back is disposed. */
  running(controller: string): Disposable
  /** Whom a queue of this name tells what becomes of its keys; `queue` answers with the queue itself. */
  queue(name: string, queue: () => WorkQueue): WorkQueueObserver | undefined
  /** A pass has ended, `ms` milliseconds after it began. */
  passEnded(controller: string, outcome: PassOutcome, ms: number): void
  /** What one controller counts beside that: `define` makes it once for each set, however often the controller starts. */
  own<T>(define: (set: MetricSet) => T): T
}

export type PassOutcome = 'success' | 'requeue_after' | 'error' | 'terminal_error'

/** From 10 nanoseconds to 1000 seconds. */
const QUEUE_BUCKETS = Array.from({ length: 12 }, (_, i) => Number(`1e${i - 8}`))
const PASS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50]

/**
 * Counts in `set`, by the names of client-go's work queues, of kube-controller-manager and of controller-runtime. Made
 * once for each set; controllers may come and go.
 */
export function controllerMetrics(set: MetricSet): ControllerMetrics {
  const runs = set.gauge({
    name: 'running_managed_controllers',
    help: '[BETA] Indicates where instances of a controller are currently running',
    labels: ['name', 'manager'],
  })
  const passes = set.counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Total number of reconciliations per controller',
    labels: ['controller', 'result'],
  })
  const passSeconds = set.histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of time per reconciliation per controller',
    labels: ['controller'],
    buckets: PASS_BUCKETS,
  })
  const own = new Map<unknown, unknown>()
  return {
    running(controller) {
      const run = runs.with(controller, 'kube-controller-manager')
      run.set(1)
      return { [Symbol.dispose]: () => run.set(0) }
    },
    queue: queueMetrics(set),
    passEnded(controller, outcome, ms) {
      passes.with(controller, outcome).inc()
      passSeconds.with(controller).observe(ms / 1000)
    },
    // What a definition has made is of its type.
    own: <T>(define: (of: MetricSet) => T) =>
      own.getOrInsertComputed(define, () => define(set)) as T,
  }
}

/** See https://kubernetes.io/docs/reference/instrumentation/metrics/ for what each means. */
function queueMetrics(set: MetricSet): ControllerMetrics['queue'] {
  const labels = ['name']
  const buckets = QUEUE_BUCKETS
  const gauge = (name: string, help: string) => set.gauge({ name, help: `[BETA] ${help}`, labels })
  const counter = (name: string, help: string) =>
    set.counter({ name, help: `[BETA] ${help}`, labels })
  const histogram = (name: string, help: string) =>
    set.histogram({ name, help: `[BETA] ${help}`, labels, buckets })
  const depth = gauge('workqueue_depth', 'Current depth of workqueue')
  const unfinished = gauge(
    'workqueue_unfinished_work_seconds',
    "How many seconds of work has done that is in progress and hasn't been observed by work_duration. Large values indicate stuck threads. One can deduce the number of stuck threads by observing the rate at which this increases.",
  )
  const longest = gauge(
    'workqueue_longest_running_processor_seconds',
    'How many seconds has the longest running processor for workqueue been running.',
  )
  const adds = counter('workqueue_adds_total', 'Total number of adds handled by workqueue')
  const retries = counter('workqueue_retries_total', 'Total number of retries handled by workqueue')
  const waits = histogram(
    'workqueue_queue_duration_seconds',
    'How long in seconds an item stays in workqueue before being requested.',
  )
  const works = histogram(
    'workqueue_work_duration_seconds',
    'How long in seconds processing an item from workqueue takes.',
  )
  const queues = new Map<string, () => WorkQueue>()
  set.onCollect(() => {
    for (const [name, queue] of queues) {
      const { length } = queue()
      const seconds = queue()
        .unfinishedMs()
        .map((ms) => ms / 1000)
      depth.with(name).set(length)
      unfinished.with(name).set(seconds.reduce((sum, each) => sum + each, 0))
      longest.with(name).set(Math.max(0, ...seconds))
    }
  })
  return (name, queue) => {
    queues.set(name, queue)
    const [added, retried] = [adds.with(name), retries.with(name)]
    const [waited, worked] = [waits.with(name), works.with(name)]
    return {
      added: () => added.inc(),
      taken: (ms) => waited.observe(ms / 1000),
      done: (ms) => worked.observe(ms / 1000),
      delayed: () => retried.inc(),
    }
  }
}
