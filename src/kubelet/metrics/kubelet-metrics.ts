import { MetricSet, type Counter, type Family, type Histogram } from '../../base/metrics.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import type { DirectoryPod } from '../pod-directory.ts'
import { isStaticPod } from '../static-pods/static-pod.ts'
import { workerMetrics, type WorkerMetrics } from './worker-metrics.ts'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

/** What `/metrics` tells of the node agent, by upstream's names. */
export interface KubeletMetrics extends WorkerMetrics {
  readonly set: MetricSet
  /** By signal. */
  readonly evictions: Family<Counter>
  /** By reason: `age` or `space`. */
  readonly imagesRemoved: Family<Counter>
  /** Calls of the container runtime, by operation. */
  readonly operations: Family<Counter>
  readonly operationErrors: Family<Counter>
  readonly operationSeconds: Family<Histogram>
  /** Sandboxes made, by the runtime's handler. */
  readonly sandboxSeconds: Family<Histogram>
  readonly sandboxErrors: Family<Counter>
}

export function kubeletMetrics(
  nodeName: string,
  pods: () => readonly DirectoryPod[],
  set = new MetricSet(),
): KubeletMetrics {
  set
    .gauge({
      name: 'kubelet_node_name',
      help: "The node's name. The count is always 1.",
      labels: ['node'],
    })
    .with(nodeName)
    .set(1)
  const running = set.gauge({
    name: 'kubelet_running_pods',
    help: 'Number of pods that have a running pod sandbox',
  })
  const containers = set.gauge({
    name: 'kubelet_running_containers',
    help: 'Number of containers currently running',
    labels: ['container_state'],
  })
  const byOrigin = (name: string, help: string) =>
    set.gauge({ name: `kubelet_${name}`, help, labels: ['static'] })
  const desired = byOrigin(
    'desired_pods',
    'The number of pods the kubelet is being instructed to run. static is true if the pod is not from the apiserver.',
  )
  const active = byOrigin(
    'active_pods',
    'The number of pods the kubelet considers active and which are being considered when admitting new pods. static is true if the pod is not from the apiserver.',
  )
  set.onCollect(() => {
    const all = pods()
    for (const isStatic of [true, false]) {
      const own = all.filter(({ pod }) => isStaticPod(pod) === isStatic)
      desired.with(String(isStatic)).set(own.length)
      active.with(String(isStatic)).set(own.filter(({ pod }) => !isPodTerminal(pod)).length)
    }
    running.with().set(all.filter(({ sandboxId }) => sandboxId !== undefined).length)
    containers.clear()
    const states = Map.groupBy(
      all.flatMap((each) => each.containers()),
      ({ state }) => state,
    )
    for (const [state, found] of states) containers.with(state).set(found.length)
  })
  const operation = ['operation_type']
  return {
    set,
    ...workerMetrics(set),
    sandboxSeconds: set.histogram({
      name: 'kubelet_run_podsandbox_duration_seconds',
      help: 'Duration in seconds of the run_podsandbox operations. Broken down by RuntimeClass.Handler.',
      labels: ['runtime_handler'],
      buckets: SECONDS,
    }),
    sandboxErrors: set.counter({
      name: 'kubelet_run_podsandbox_errors_total',
      help: 'Cumulative number of the run_podsandbox operation errors by RuntimeClass.Handler.',
      labels: ['runtime_handler'],
    }),
    evictions: set.counter({
      name: 'kubelet_evictions',
      help: 'Cumulative number of pod evictions by eviction signal',
      labels: ['eviction_signal'],
    }),
    imagesRemoved: set.counter({
      name: 'kubelet_image_garbage_collected_total',
      help: 'Total number of images garbage collected by the kubelet, whether through disk usage or image age.',
      labels: ['reason'],
    }),
    operations: set.counter({
      name: 'kubelet_runtime_operations_total',
      help: 'Cumulative number of runtime operations by operation type.',
      labels: operation,
    }),
    operationErrors: set.counter({
      name: 'kubelet_runtime_operations_errors_total',
      help: 'Cumulative number of runtime operation errors by operation type.',
      labels: operation,
    }),
    operationSeconds: set.histogram({
      name: 'kubelet_runtime_operations_duration_seconds',
      help: 'Duration in seconds of runtime operations. Broken down by operation type.',
      labels: operation,
      buckets: SECONDS,
    }),
  }
}
