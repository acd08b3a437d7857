import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { MetricSet } from '../../base/metrics.ts'
import { cacheGauges, type CacheGauges } from '../common/cache-gauges.ts'

/** How many volumes and claims there are, bound and not. */
export function volumeGauges(set: MetricSet): CacheGauges {
  const gauge = (name: string, what: string, labels: readonly string[]) =>
    set.gauge({ name: `pv_collector_${name}`, help: `Gauge measuring ${what}`, labels })
  const bound = 'number of persistent volume currently bound'
  const unbound = 'number of persistent volume currently unbound'
  const boundClaims = 'number of persistent volume claim currently bound'
  const unboundClaims = 'number of persistent volume claim currently unbound'
  const claimLabels = ['namespace', 'storage_class', 'volume_attributes_class']
  const total = 'total number of persistent volumes'
  const gauges = {
    total: gauge('total_pv_count', total, ['plugin_name', 'volume_mode']),
    boundVolumes: gauge('bound_pv_count', bound, ['storage_class']),
    unboundVolumes: gauge('unbound_pv_count', unbound, ['storage_class']),
    boundClaims: gauge('bound_pvc_count', boundClaims, claimLabels),
    unboundClaims: gauge('unbound_pvc_count', unboundClaims, claimLabels),
  }
  return cacheGauges(set, Object.values(gauges), (cache) => {
    for (const { spec, status } of cache.list(PersistentVolume)) {
      gauges.total.with(pluginOf(spec), spec.volumeMode ?? 'Filesystem').inc()
      const phase = status.phase === 'Bound' ? gauges.boundVolumes : gauges.unboundVolumes
      phase.with(spec.storageClassName ?? '').inc()
    }
    for (const { metadata, spec, status } of cache.list(PersistentVolumeClaim)) {
      const phase = status.phase === 'Bound' ? gauges.boundClaims : gauges.unboundClaims
      const { storageClassName = '', volumeAttributesClassName = '' } = spec
      phase.with(metadata.namespace, storageClassName, volumeAttributesClassName).inc()
    }
  })
}

/** What upstream calls the plugin that has volumes of a kind. */
function pluginOf({ csi, hostPath, local, nfs }: PersistentVolume['spec']): string {
  if (csi) return `kubernetes.io/csi:${csi.driver}`
  if (hostPath) return 'kubernetes.io/host-path'
  if (local) return 'kubernetes.io/local-volume'
  return nfs ? 'kubernetes.io/nfs' : 'N/A'
}
