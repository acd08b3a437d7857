import type { Clock } from '../../base/clock.ts'
import type { Histogram, MetricSet } from '../../base/metrics.ts'
import type { LocalStore, Store } from '../../storage/store.ts'

/** Measures a store. */
export interface StoreMetrics {
  /** The same store, each call of it measured. */
  measured(store: Store, clock: Clock): Store
}

const SECONDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]

export function storeMetrics(set: MetricSet): StoreMetrics {
  const labels = ['operation', 'group', 'resource']
  const durations = set.histogram({
    name: 'etcd_request_duration_seconds',
    help: '[ALPHA] Etcd request latency in seconds for each operation and object type.',
    labels,
    buckets: SECONDS,
  })
  const totals = set.counter({
    name: 'etcd_requests_total',
    help: '[ALPHA] Etcd request counts for each operation and object type.',
    labels,
  })
  const errors = set.counter({
    name: 'etcd_request_errors_total',
    help: '[ALPHA] Etcd failed request counts for each operation and object type.',
    labels,
  })
  const seriesOf = (operation: string): SeriesOf => {
    const known = new Map<string, Series>()
    const make = (place: string): Series => {
      const slash = place.lastIndexOf('/')
      const of = [operation, place.slice(0, Math.max(slash, 0)), place.slice(slash + 1)]
      const total = totals.with(...of)
      return {
        durations: durations.with(...of),
        begun: () => total.inc(),
        failed: () => errors.with(...of).inc(),
      }
    }
    return (key) => known.getOrInsertComputed(placeOf(key), make)
  }
  return { measured: (store, clock) => measuredStore(store, clock, seriesOf) }
}

/** The series of one operation, by the key that it is about. */
type SeriesOf = (key: string) => Series

interface Series {
  readonly durations: Histogram
  begun(): void
  failed(): void
}

// `/registry/apps/deployments/default/a` → `apps/deployments`; a group has a dot, or is one of the old ones.
function placeOf(key: string): string {
  const start = key.indexOf('/', 1) + 1
  const first = key.slice(start, endOfPart(key, start))
  const isGroup = OLD_GROUPS.has(first) || first.includes('.')
  return isGroup ? key.slice(start, endOfPart(key, start + first.length + 1)) : first
}

function endOfPart(key: string, start: number): number {
  const end = key.indexOf('/', start)
  return end === -1 ? key.length : end
}

const OLD_GROUPS = new Set(['apps', 'autoscaling', 'batch', 'policy'])

function measuredStore(
  store: Store,
  clock: Clock,
  seriesOf: (operation: string) => SeriesOf,
): Store {
  const measure = (operation: string) => {
    const known = seriesOf(operation)
    return async <T>(key: string, call: () => Promise<T>): Promise<T> => {
      const series = known(key)
      series.begun()
      const startMs = clock.monotonic()
      try {
        return await call()
      } catch (error) {
        series.failed()
        throw error
      } finally {
        series.durations.observe((clock.monotonic() - startMs) / 1000)
      }
    }
  }
  const [get, list] = [measure('get'), measure('list')]
  const [create, update, remove] = [measure('create'), measure('update'), measure('delete')]
  return {
    get: (key, options) => get(key, () => store.get(key, options)),
    list: (prefix, options) => list(prefix, () => store.list(prefix, options)),
    commit(key, expected, write) {
      const change = write.type === 'delete' ? remove : expected === 0 ? create : update
      return change(key, () => store.commit(key, expected, write))
    },
    watch: (prefix, from, options) => store.watch(prefix, from, options),
    revision: () => store.revision(),
    revisionAt: (timeMs) => store.revisionAt(timeMs),
    requestProgress: (prefix) => store.requestProgress(prefix),
    compact: (revision) => store.compact(revision),
    ...(isLocal(store) && { snapshot: () => store.snapshot() }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

function isLocal(store: Store): store is LocalStore {
  return 'snapshot' in store
}
