import { PersistentVolumeClaim } from '../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../api/core/v1/persistent-volume.ts'
import { CSIDriver } from '../api/storage/v1/csi-driver.ts'
import { CSINode } from '../api/storage/v1/csi-node.ts'
import { CSIStorageCapacity } from '../api/storage/v1/csi-storage-capacity.ts'
import { StorageClass } from '../api/storage/v1/storage-class.ts'
import { indexBy } from '../client/object-cache.ts'
import type { SharedInformers } from '../client/shared-informers.ts'

/** What there is of storage, as the caches have it. */
export interface StorageLister {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined
  volume(name: string): PersistentVolume | undefined
  volumesOfClass(storageClassName: string): readonly PersistentVolume[]
  storageClass(name: string): StorageClass | undefined
  csiNode(nodeName: string): CSINode | undefined
  csiDriver(name: string): CSIDriver | undefined
  capacitiesOfClass(storageClassName: string): readonly CSIStorageCapacity[]
  /** Calls back once `holds` is true of a claim, at once where it is already. */
  whenClaim(
    claim: Pick<PersistentVolumeClaim, 'metadata'>,
    holds: (claim: PersistentVolumeClaim | undefined) => boolean,
    callback: () => void,
  ): Disposable
}

const volumesByClass = indexBy(PersistentVolume, 'class', ({ spec }) => [
  spec.storageClassName ?? '',
])
const capacitiesByClass = indexBy(CSIStorageCapacity, 'class', ({ storageClassName }) => [
  storageClassName,
])

export function storageLister(informers: SharedInformers): StorageLister {
  const claims = informers.informer(PersistentVolumeClaim)
  const volumes = informers.informer(PersistentVolume)
  const classes = informers.informer(StorageClass)
  const nodes = informers.informer(CSINode)
  const drivers = informers.informer(CSIDriver)
  const capacities = informers.informer(CSIStorageCapacity)
  return {
    claim: (namespace, name) => claims.cache.get({ namespace, name }),
    volume: (name) => volumes.cache.get({ name }),
    volumesOfClass: (name) => volumes.cache.find(volumesByClass, name),
    storageClass: (name) => classes.cache.get({ name }),
    csiNode: (name) => nodes.cache.get({ name }),
    csiDriver: (name) => drivers.cache.get({ name }),
    capacitiesOfClass: (name) => capacities.cache.find(capacitiesByClass, name),
    whenClaim: ({ metadata }, holds, callback) => claims.whenObject(metadata, holds, callback),
  }
}
