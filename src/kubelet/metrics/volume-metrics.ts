import type { MetricSet } from '../../base/metrics.ts'
import type { VolumeStats } from '../stats/summary.ts'

const SERIES = [
  ['capacity_bytes', 'Capacity in bytes of the volume', 'capacityBytes'],
  ['available_bytes', 'Number of available bytes in the volume', 'availableBytes'],
  ['used_bytes', 'Number of used bytes in the volume', 'usedBytes'],
  ['inodes', 'Maximum number of inodes in the volume', 'inodes'],
  ['inodes_free', 'Number of free inodes in the volume', 'inodesFree'],
  ['inodes_used', 'Number of used inodes in the volume', 'inodesUsed'],
] as const

/** Has `/metrics` tell how full the volumes of claims are; `volumes` is asked when somebody reads it. */
export function addVolumeMetrics(
  set: MetricSet,
  volumes: () => Promise<readonly Pick<VolumeStats, 'pvcRef' | (typeof SERIES)[number][2]>[]>,
): void {
  const labels = ['namespace', 'persistentvolumeclaim']
  const families = SERIES.map(([name, help, key]) => ({
    key,
    family: set.gauge({ name: `kubelet_volume_stats_${name}`, help, labels }),
  }))
  set.onCollect(async () => {
    const found = await volumes()
    for (const { key, family } of families) {
      family.clear()
      for (const { pvcRef, [key]: value } of found)
        if (pvcRef && value !== undefined) family.with(pvcRef.namespace, pvcRef.name).set(value)
    }
  })
}
