import type { MetricSet } from '../../base/metrics.ts'

const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 120, 180, 240]

export interface EvictionMetrics {
  /** A Pod was deleted, so many milliseconds after it was due. */
  evicted(lateMs: number): void
}

/** Counts the Pods that taints have driven off. */
export function evictionMetrics(set: MetricSet): EvictionMetrics {
  const deletions = set.counter({
    name: 'taint_eviction_controller_pod_deletions_total',
    help: 'Total number of Pods deleted by TaintEvictionController since its start.',
  })
  const seconds = set.histogram({
    name: 'taint_eviction_controller_pod_deletion_duration_seconds',
    help: 'Latency, in seconds, between the time when a taint effect has been activated for the Pod and its deletion via TaintEvictionController.',
    buckets: BUCKETS,
  })
  return {
    evicted(lateMs) {
      deletions.with().inc()
      seconds.with().observe(lateMs / 1000)
    },
  }
}
