import type { MetricSet } from '../../base/metrics.ts'
import type { FlowObserver } from './flow-observer.ts'

const PREFIX = 'apiserver_flowcontrol_'
const FLOW = ['priority_level', 'flow_schema']
const SECONDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]

// The others may still change, says upstream.
const BETA = [
  'current_executing_requests',
  'current_executing_seats',
  'current_inqueue_requests',
  'dispatched_requests_total',
  'nominal_limit_seats',
  'rejected_requests_total',
  'request_wait_duration_seconds',
]

function levelOf(name: string): string {
  return BETA.includes(name) ? 'BETA' : 'ALPHA'
}

/** The metrics of flow control, by upstream's names. */
export function flowMetrics(set: MetricSet): FlowObserver {
  const counter = (name: string, help: string, labels = FLOW): ReturnType<MetricSet['counter']> =>
    set.counter({ name: PREFIX + name, help: `[${levelOf(name)}] ${help}`, labels })
  const gauge = (name: string, help: string, labels = FLOW): ReturnType<MetricSet['gauge']> =>
    set.gauge({ name: PREFIX + name, help: `[${levelOf(name)}] ${help}`, labels })
  const histogram = (
    name: string,
    help: string,
    buckets: readonly number[],
    labels = FLOW,
  ): ReturnType<MetricSet['histogram']> =>
    set.histogram({ name: PREFIX + name, help: `[${levelOf(name)}] ${help}`, labels, buckets })

  const rejected = counter(
    'rejected_requests_total',
    'Number of requests rejected by API Priority and Fairness subsystem',
    [...FLOW, 'reason'],
  )
  const dispatched = counter(
    'dispatched_requests_total',
    'Number of requests executed by API Priority and Fairness subsystem',
  )
  const inQueue = gauge(
    'current_inqueue_requests',
    'Number of requests currently pending in queues of the API Priority and Fairness subsystem',
  )
  const executing = gauge(
    'current_executing_requests',
    'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem',
  )
  const seatsInUse = gauge(
    'current_executing_seats',
    'Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem',
  )
  const queueLength = histogram(
    'request_queue_length_after_enqueue',
    'Length of queue in the API Priority and Fairness subsystem, as seen by each request after it is enqueued',
    [0, 10, 25, 50, 100, 250, 500, 1000],
  )
  const waits = histogram(
    'request_wait_duration_seconds',
    'Length of time a request spent waiting in its queue',
    SECONDS,
    [...FLOW, 'execute'],
  )
  const executions = histogram(
    'request_execution_seconds',
    'Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem',
    SECONDS,
    [...FLOW, 'type'],
  )
  const estimated = histogram(
    'work_estimated_seats',
    'Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness',
    [1, 2, 4, 10],
  )
  const level = ['priority_level']
  const limits = {
    nominal: gauge(
      'nominal_limit_seats',
      'Nominal number of execution seats configured for each priority level',
      level,
    ),
    min: gauge(
      'lower_limit_seats',
      'Configured lower bound on number of execution seats available to each priority level',
      level,
    ),
    max: gauge(
      'upper_limit_seats',
      'Configured upper bound on number of execution seats available to each priority level',
      level,
    ),
    current: gauge(
      'current_limit_seats',
      'current derived number of execution seats available to each priority level',
      level,
    ),
  }
  return {
    flow(priorityLevel, flowSchema) {
      const of = [priorityLevel, flowSchema] as const
      const waitExecuted = waits.with(...of, 'true')
      const waitRefused = waits.with(...of, 'false')
      const watch = executions.with(...of, 'watch')
      const regular = executions.with(...of, 'regular')
      const [queued, running, seats] = [
        inQueue.with(...of),
        executing.with(...of),
        seatsInUse.with(...of),
      ]
      const [started, length, width] = [
        dispatched.with(...of),
        queueLength.with(...of),
        estimated.with(...of),
      ]
      return {
        rejected: (reason) => rejected.with(...of, reason).inc(),
        queued(waiting) {
          queued.inc()
          length.observe(waiting)
        },
        left(seconds, executes) {
          queued.dec()
          ;(executes ? waitExecuted : waitRefused).observe(seconds)
        },
        dispatched(count) {
          started.inc()
          running.inc()
          seats.inc(count)
          width.observe(count)
        },
        finished(count, seconds, type) {
          running.dec()
          seats.inc(-count)
          ;(type === 'watch' ? watch : regular).observe(seconds)
        },
      }
    },
    limits(name, { nominal, min, max, current }) {
      limits.nominal.with(name).set(nominal)
      limits.min.with(name).set(min)
      limits.max.with(name).set(max)
      limits.current.with(name).set(current)
    },
  }
}
