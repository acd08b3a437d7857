import { isPodReady } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { exponentialBuckets, type Histogram, type MetricSet } from '../../base/metrics.ts'
import type { Pass } from '../../controller-runtime/index.ts'

/** Observes how old the ready Pods to be removed are, as multiples of the age of the youngest that is ready (KEP-2185). */
export function observeDeletionAges(
  active: readonly Pod[],
  remove: readonly Pod[],
  { clock, metrics }: Pass,
): void {
  const removed = remove.filter(isPodReady)
  if (removed.length === 0) return
  const nowMs = clock.now()
  const ageMs = ({ metadata }: Pod): number => nowMs - Date.parse(metadata.creationTimestamp)
  const youngestMs = active
    .filter(isPodReady)
    .reduce((least, pod) => Math.min(least, ageMs(pod)), Infinity)
  // Creation is told in whole seconds: what is younger has no age to compare with.
  if (youngestMs <= 0) return
  const ratio = metrics.own(deletionAgeRatio)
  for (const pod of removed) ratio.observe(Math.floor(ageMs(pod) / youngestMs))
}

const deletionAgeRatio = (set: MetricSet): Histogram =>
  set
    .histogram({
      name: 'replicaset_controller_sorting_deletion_age_ratio',
      help: "The ratio of chosen deleted pod's ages to the current youngest pod's age (at the time). Should be <2. The intent of this metric is to measure the rough efficacy of the LogarithmicScaleDown feature gate's effect on the sorting (and deletion) of pods when a replicaset scales down. This only considers Ready pods when calculating and reporting.",
      buckets: exponentialBuckets(0.25, 2, 6),
    })
    .with()
