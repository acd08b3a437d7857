import { MetricSet } from '../../base/metrics.ts'
import type { HealthCheck } from '../../serving/health.ts'

/** Measures health checks, for `/metrics/slis` (KEP-3466). */
export interface HealthMetrics {
  readonly set: MetricSet
  /** The same checks, each outcome of them noted as `type`: healthz, livez or readyz. */
  measured(checks: readonly HealthCheck[], type: string): readonly HealthCheck[]
}

export function healthMetrics(): HealthMetrics {
  const set = new MetricSet()
  const state = set.gauge({
    name: 'kubernetes_healthcheck',
    help: '[STABLE] This metric records the result of a single healthcheck.',
    labels: ['name', 'type'],
  })
  const total = set.counter({
    name: 'kubernetes_healthchecks_total',
    help: '[STABLE] This metric records the results of all healthcheck.',
    labels: ['name', 'status', 'type'],
  })
  return {
    set,
    measured: (checks, type) =>
      checks.map((check) => ({
        name: check.name,
        async check() {
          const { name } = check
          try {
            await check.check()
          } catch (error) {
            state.with(name, type).set(0)
            total.with(name, 'error', type).inc()
            throw error
          }
          state.with(name, type).set(1)
          total.with(name, 'success', type).inc()
        },
      })),
  }
}
