import { findStatusError } from '../../apimachinery/status-error.ts'
import type { Clock } from '../../base/clock.ts'
import { exponentialBuckets, type MetricSet } from '../../base/metrics.ts'

/** Counts syncs and how long they take, by the HTTP code that each came to. */
export interface SyncMetrics {
  /** Counts a sync, and comes to what it comes to. */
  measure(clock: Clock, sync: () => Promise<void>): Promise<void>
}

/** How the metrics of a publisher are named and described. */
export interface SyncMetricNames {
  readonly prefix: string
  readonly totalHelp: string
  readonly secondsHelp: string
}

/** Defines `PREFIX_sync_total` and `PREFIX_sync_duration_seconds`. */
export function syncMetrics(
  set: MetricSet,
  { prefix, totalHelp, secondsHelp }: SyncMetricNames,
): SyncMetrics {
  const labels = ['code']
  const total = set.counter({ name: `${prefix}_sync_total`, help: totalHelp, labels })
  const seconds = set.histogram({
    name: `${prefix}_sync_duration_seconds`,
    help: secondsHelp,
    labels,
    buckets: exponentialBuckets(0.001, 2, 15),
  })
  return {
    async measure(clock, sync) {
      const startMs = clock.monotonic()
      let code = '200'
      try {
        await sync()
      } catch (error) {
        code = String(findStatusError(error)?.status.code ?? 500)
        throw error
      } finally {
        total.with(code).inc()
        seconds.with(code).observe((clock.monotonic() - startMs) / 1000)
      }
    },
  }
}
