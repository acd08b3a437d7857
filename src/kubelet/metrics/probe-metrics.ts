import type { Pod } from '../../api/core/v1/pod.ts'
import { MetricSet } from '../../base/metrics.ts'

/** What `/metrics/probes` tells, by upstream's names. */
export interface ProbeMetrics {
  readonly set: MetricSet
  /** One more check of a container of this Pod has had this result. */
  count(pod: Pod, container: string, kind: ProbeKind, result: ProbeResult): void
  /** The Pod is asked no more. */
  forget(pod: Pick<Pod, 'metadata'>): void
}

type ProbeKind = 'Startup' | 'Liveness' | 'Readiness'
type ProbeResult = 'success' | 'failure' | 'unknown'
const RESULTS = { success: 'successful', failure: 'failed', unknown: 'unknown' } as const

export function probeMetrics(): ProbeMetrics {
  const set = new MetricSet()
  const counts = new Map<string, Map<string, readonly string[]>>() // Labels of each series, by Pod.
  const family = set.counter({
    name: 'prober_probe_total',
    help: 'Cumulative number of a liveness, readiness or startup probe for a container by result.',
    labels: ['container', 'namespace', 'pod', 'pod_uid', 'probe_type', 'result'],
  })
  return {
    set,
    count({ metadata: { name, namespace, uid } }, container, kind, result) {
      const labels = [container, namespace, name, uid, kind, RESULTS[result]]
      counts.getOrInsertComputed(uid, () => new Map()).set(labels.join(' '), labels)
      family.with(...labels).inc()
    },
    forget({ metadata: { uid } }) {
      for (const labels of counts.get(uid)?.values() ?? []) family.delete(...labels)
      counts.delete(uid)
    },
  }
}
