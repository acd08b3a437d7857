import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
import type { MetricSet } from '../../base/metrics.ts'
import { isAvailable, type Finding } from './conditions.ts'

/** Tells of which APIServices the servers cannot be reached, by upstream's names. */
export interface AvailabilityMetrics {
  /** What was found out of an APIService, as it was before that. */
  found(service: APIService, finding: Finding): void
  forget(name: string): void
}

export function availabilityMetrics(set: MetricSet): AvailabilityMetrics {
  const state = set.gauge({
    name: 'aggregator_unavailable_apiservice',
    help: '[ALPHA] Gauge of APIServices which are marked as unavailable broken down by APIService name.',
    labels: ['name'],
  })
  const total = set.counter({
    name: 'aggregator_unavailable_apiservice_total',
    help: '[ALPHA] Counter of APIServices which are marked as unavailable broken down by APIService name and reason.',
    labels: ['name', 'reason'],
  })
  return {
    found(service, { status, reason }) {
      const { name } = service.metadata
      const isThere = status === 'True'
      state.with(name).set(isThere ? 0 : 1)
      if (!isThere && isAvailable(service)) total.with(name, reason).inc()
    },
    forget: (name) => state.delete(name),
  }
}
