import type { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import type { MetricSet } from '../../base/metrics.ts'
import type { ObjectKey } from '../../controller-runtime/index.ts'

export interface AvailabilityGauges {
  set(set: StatefulSet, maxUnavailable: number, unavailable: number): void
  /** Forgets a StatefulSet that is gone. */
  forget(key: ObjectKey): void
}

/** How many Pods of each StatefulSet are unavailable, and how many may be while it is updated (KEP-961). */
export function availabilityGauges(metrics: MetricSet): AvailabilityGauges {
  const labels = ['statefulset_namespace', 'statefulset_name', 'pod_management_policy']
  const most = metrics.gauge({
    name: 'statefulset_controller_statefulset_max_unavailable',
    help: 'Maximum number of unavailable pods allowed during StatefulSet rolling updates',
    labels,
  })
  const unavailable = metrics.gauge({
    name: 'statefulset_controller_statefulset_unavailable_replicas',
    help: 'Current number of unavailable pods in StatefulSet',
    labels,
  })
  return {
    set({ metadata, spec }, maxUnavailable, count) {
      const values = [metadata.namespace, metadata.name, spec.podManagementPolicy]
      most.with(...values).set(maxUnavailable)
      unavailable.with(...values).set(count)
    },
    forget({ namespace = '', name }) {
      // The policy cannot be changed, and that of a set that is gone is not known.
      for (const policy of ['OrderedReady', 'Parallel']) {
        most.delete(namespace, name, policy)
        unavailable.delete(namespace, name, policy)
      }
    },
  }
}
