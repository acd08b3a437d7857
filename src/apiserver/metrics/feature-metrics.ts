import type { MetricSet } from '../../base/metrics.ts'
import type { Features } from '../../api/features.ts'

/** Told which features are on, once they are known. */
export type FeatureMetrics = (features: Features) => void

/** Tells which features are on, by upstream's name of the metric. */
export function featureMetrics(set: MetricSet): FeatureMetrics {
  const family = set.gauge({
    name: 'kubernetes_feature_enabled',
    help: '[BETA] This metric records the data about the stage and enablement of a k8s feature.',
    labels: ['name', 'stage'],
  })
  return ({ all }) => {
    for (const { name, stage, enabled } of all) family.with(name, stage).set(enabled ? 1 : 0)
  }
}
