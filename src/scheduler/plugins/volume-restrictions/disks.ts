import type { Pod } from '../../../api/core/v1/pod.ts'

type Volume = NonNullable<Pod['spec']['volumes']>[number]

/** Whether a Pod has disks that only one node, or one writer, can have. */
export function hasDisks({ spec }: Pod): boolean {
  return (spec.volumes ?? []).some(
    ({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }) =>
      gcePersistentDisk ?? awsElasticBlockStore ?? rbd ?? iscsi,
  )
}

/** Whether two Pods on one node would use one disk in a way that it does not allow. */
export function shareDisk(a: Pod, b: Pod): boolean {
  const others = b.spec.volumes ?? []
  return (a.spec.volumes ?? []).some((volume) => others.some((other) => conflict(volume, other)))
}

function conflict(a: Volume, b: Volume): boolean {
  const mayShare = (
    one: { readonly readOnly?: boolean } | undefined,
    other: { readonly readOnly?: boolean } | undefined,
  ): boolean => one?.readOnly === true && other?.readOnly === true
  if (a.gcePersistentDisk && a.gcePersistentDisk.pdName === b.gcePersistentDisk?.pdName) {
    return !mayShare(a.gcePersistentDisk, b.gcePersistentDisk)
  }
  if (
    a.awsElasticBlockStore &&
    a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore?.volumeID
  ) {
    return true
  }
  if (a.iscsi && a.iscsi.iqn === b.iscsi?.iqn) return !mayShare(a.iscsi, b.iscsi)
  if (!a.rbd || !b.rbd) return false
  const { pool, image } = a.rbd
  const hasMonitor = a.rbd.monitors.some((each) => b.rbd?.monitors.includes(each))
  return hasMonitor && pool === b.rbd.pool && image === b.rbd.image && !mayShare(a.rbd, b.rbd)
}
