import type { Family, Gauge, MetricSet } from '../../base/metrics.ts'
import type { PassCache } from '../../controller-runtime/index.ts'

/** Gauges of what a cache has. */
export interface CacheGauges {
  /** Counts what a cache has whenever the metrics are read, until disposed. */
  follow(cache: PassCache): Disposable
}

/** Has `gather` set the gauges anew from the cache that is followed, if one is, whenever the metrics are read. */
export function cacheGauges(
  set: MetricSet,
  gauges: readonly Family<Gauge>[],
  gather: (cache: PassCache) => void,
): CacheGauges {
  let followed: PassCache | undefined
  set.onCollect(() => {
    for (const each of gauges) each.clear()
    if (followed) gather(followed)
  })
  return {
    follow(cache) {
      followed = cache
      return {
        [Symbol.dispose]() {
          if (followed === cache) followed = undefined
        },
      }
    },
  }
}
