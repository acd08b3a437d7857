import { MetricSet, type Counter, type Family, type Histogram } from '../../base/metrics.ts'
import type { DirectoryPod } from '../pod-directory.ts'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

/** What `/metrics` tells of the node agent, by upstream's names. */
export interface KubeletMetrics {
  readonly set: MetricSet
  /** By signal. */
  readonly evictions: Family<Counter>
  /** By reason: `age` or `space`. */
  readonly imagesRemoved: Family<Counter>
  /** Calls of the container runtime, by operation. */
  readonly operations: Family<Counter>
  readonly operationErrors: Family<Counter>
  readonly operationSeconds: Family<Histogram>
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
  set.onCollect(() => {
    const all = pods()
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
