import type { MetricSet } from '../../base/metrics.ts'
import type { VolumeStats } from '../stats/summary.ts'
import type { CountedCertificate } from '../volumes/pod-certificates.ts'

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

/** Has `/metrics` count the certificates in Pods' volumes (KEP-4317); `certificates` is asked when somebody reads it. */
export function addCertificateMetrics(
  set: MetricSet,
  certificates: () => readonly CountedCertificate[],
): void {
  const states = set.gauge({
    name: 'kubelet_podcertificate_states',
    help: 'Gauge vector reporting the number of pod certificate projected volume sources, faceted by signer_name and state.',
    labels: ['signer_name', 'state'],
  })
  set.onCollect(() => {
    states.clear()
    for (const { signerName, state } of certificates()) states.with(signerName, state).inc()
  })
}
