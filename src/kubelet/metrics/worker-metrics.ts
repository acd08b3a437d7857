import type { Counter, Family, Histogram, MetricSet } from '../../base/metrics.ts'

const START_SECONDS = [
  0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800,
  2700, 3600,
]

/** What the workers of Pods count. */
export interface WorkerMetrics {
  readonly startedPods: Counter
  readonly startedPodErrors: Counter
  /** By kind: `container`, `init_container` or `ephemeral_container`. */
  readonly startedContainers: Family<Counter>
  /** By kind, and by what went wrong. */
  readonly startedContainerErrors: Family<Counter>
  /** From when the agent saw a Pod until it ran. */
  readonly podStartSeconds: Histogram
  /** By reason. */
  readonly admissionRejections: Family<Counter>
  readonly topologyRequests: Counter
  readonly topologyErrors: Counter
}

export function workerMetrics(set: MetricSet): WorkerMetrics {
  const counter = (name: string, help: string, labels: readonly string[] = []): Family<Counter> =>
    set.counter({ name: `kubelet_${name}`, help, labels })
  return {
    startedPods: counter('started_pods_total', 'Cumulative number of pods started').with(),
    startedPodErrors: counter(
      'started_pods_errors_total',
      'Cumulative number of errors when starting pods',
    ).with(),
    startedContainers: counter(
      'started_containers_total',
      'Cumulative number of containers started',
      ['container_type'],
    ),
    startedContainerErrors: counter(
      'started_containers_errors_total',
      'Cumulative number of errors when starting containers',
      ['container_type', 'code'],
    ),
    podStartSeconds: set
      .histogram({
        name: 'kubelet_pod_start_duration_seconds',
        help: 'Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run',
        buckets: START_SECONDS,
      })
      .with(),
    admissionRejections: counter(
      'admission_rejections_total',
      'Cumulative number pod admission rejections by the Kubelet.',
      ['reason'],
    ),
    topologyRequests: counter(
      'topology_manager_admission_requests_total',
      'The number of admission requests where resources have to be aligned.',
    ).with(),
    topologyErrors: counter(
      'topology_manager_admission_errors_total',
      'The number of admission request failures where resources could not be aligned.',
    ).with(),
  }
}
