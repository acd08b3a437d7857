import type { MetricSet } from '../../base/metrics.ts'

const LEVEL = /^\[(\w+)\]/

/** Tells how many metrics there are, as upstream's registry of them does. Here none are hidden or can be disabled. */
export function metricCounts(set: MetricSet): void {
  const registered = set.counter({
    name: 'registered_metrics_total',
    help: '[BETA] The count of registered metrics broken by stability level and deprecation version.',
    labels: ['stability_level', 'deprecated_version'],
  })
  for (const kind of ['hidden', 'disabled']) {
    const help = `[BETA] The count of ${kind} metrics.`
    set.counter({ name: `${kind}_metrics_total`, help }).with()
  }
  set.onCollect(() => {
    const levels = Map.groupBy(set.families, ({ help }) => LEVEL.exec(help)?.[1] ?? '')
    for (const [level, families] of levels) registered.with(level, '').set(families.length)
  })
}
