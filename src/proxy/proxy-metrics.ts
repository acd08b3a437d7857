import type { Clock } from '../base/clock.ts'
import { exponentialBuckets, type MetricSet } from '../base/metrics.ts'

/** Counts what the proxy does, by kube-proxy's names. */
export interface ProxyMetrics {
  /** Rules were brought into force, in so many milliseconds. */
  synced(ms: number): void
  refused(): void
}

/** Adds the proxy's metrics to a set. */
export function proxyMetrics(set: MetricSet, clock: Pick<Clock, 'now'>): ProxyMetrics {
  const seconds = set.histogram({
    name: 'kubeproxy_sync_proxy_rules_duration_seconds',
    help: 'SyncProxyRules latency in seconds',
    buckets: exponentialBuckets(0.001, 2, 15),
  })
  const last = set.gauge({
    name: 'kubeproxy_sync_proxy_rules_last_timestamp_seconds',
    help: 'The last time proxy rules were successfully synced',
  })
  const failures = set.counter({
    name: 'kubeproxy_sync_proxy_rules_nftables_sync_failures_total',
    help: 'Cumulative proxy nftables sync failures',
  })
  return {
    synced(ms) {
      seconds.with().observe(ms / 1000)
      last.with().set(clock.now() / 1000)
    },
    refused: () => failures.with().inc(),
  }
}
