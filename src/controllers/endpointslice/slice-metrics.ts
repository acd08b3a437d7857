import type { Counter, Family, MetricSet } from '../../base/metrics.ts'
import type { SlicesPlan } from './slices-plan.ts'

export interface SliceMetrics {
  /** Counts what a plan does, which was carried out. */
  changed(plan: SlicesPlan): void
}

/** What both controllers of slices count, each under a prefix of its own. */
export function sliceMetrics(set: MetricSet, prefix: string): SliceMetrics {
  const changes = set.counter({
    name: `${prefix}_changes`,
    help: 'Number of EndpointSlice changes',
    labels: ['operation'],
  })
  return {
    changed({ create, update, remove }) {
      for (const [operation, slices] of Object.entries({ create, update, delete: remove }))
        if (slices.length > 0) changes.with(operation).inc(slices.length)
    },
  }
}

export interface EndpointSliceMetrics extends SliceMetrics {
  readonly syncs: Family<Counter>
}

/** What the controller for Services counts. */
export function endpointSliceMetrics(set: MetricSet): EndpointSliceMetrics {
  const syncs = set.counter({
    name: 'endpoint_slice_controller_syncs',
    help: 'Number of EndpointSlice syncs',
    labels: ['result'],
  })
  return { syncs, ...sliceMetrics(set, 'endpoint_slice_controller') }
}
