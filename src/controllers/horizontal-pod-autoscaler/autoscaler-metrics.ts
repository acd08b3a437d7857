import { exponentialBuckets, type MetricSet } from '../../base/metrics.ts'

const LABELS_HELP =
  "The label 'action' should be either 'scale_down', 'scale_up', or 'none'. Also, the label 'error' should be either 'spec', 'internal', or 'none'. Note that if both spec and internal errors happen during a reconciliation, the first one to occur is reported in `error` label."

/** What a look at an autoscaler has come to. */
export interface Reconciliation {
  readonly action: 'scale_up' | 'scale_down' | 'none'
  readonly error: 'spec' | 'internal' | 'none'
}

export interface AutoscalerMetrics {
  reconciled(outcome: Reconciliation, ms: number): void
}

export function autoscalerMetrics(set: MetricSet): AutoscalerMetrics {
  const labels = ['action', 'error']
  const total = set.counter({
    name: 'horizontal_pod_autoscaler_controller_reconciliations_total',
    help: `Number of reconciliations of HPA controller. ${LABELS_HELP}`,
    labels,
  })
  const seconds = set.histogram({
    name: 'horizontal_pod_autoscaler_controller_reconciliation_duration_seconds',
    help: `The time(seconds) that the HPA controller takes to reconcile once. ${LABELS_HELP}`,
    labels,
    buckets: exponentialBuckets(0.001, 2, 16),
  })
  return {
    reconciled({ action, error }, ms) {
      total.with(action, error).inc()
      seconds.with(action, error).observe(ms / 1000)
    },
  }
}
