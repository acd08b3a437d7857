import { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import { StorageClass } from '../../../api/storage/v1/storage-class.ts'
import { compareQuantities, parseQuantity } from '../../../schema/quantity.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import { isAbout, objectOf, oldObjectOf } from './about.ts'
import { refusal } from './refuse.ts'

/** Lets only those claims grow whose storage class says that they can. */
export function persistentVolumeClaimResize(live: LiveObjects): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    operations: ['UPDATE'],
    async validate(attributes) {
      if (!isAbout(attributes, PersistentVolumeClaim)) return
      const claim = objectOf(attributes, PersistentVolumeClaim)
      const old = oldObjectOf(attributes, PersistentVolumeClaim)
      if (!grows(claim, old)) return
      if (old.status?.phase !== 'Bound') {
        throw refusal(attributes, 'Only bound persistent volume claims can be expanded')
      }
      if (await mayGrow(claim, old, live)) return
      throw refusal(
        attributes,
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
      )
    },
  }
}

function grows(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  return compareQuantities(sizeOf(claim), sizeOf(old)) > 0
}

function sizeOf({ spec }: PersistentVolumeClaim): NonNullable<ReturnType<typeof parseQuantity>> {
  return parseQuantity(spec.resources?.requests?.['storage'] ?? '0')!
}

async function mayGrow(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
  live: LiveObjects,
): Promise<boolean> {
  const name = classOf(claim)
  if (!name || name !== classOf(old)) return false
  return (await live.get(StorageClass, { name }))?.allowVolumeExpansion ?? false
}

function classOf({ metadata, spec }: PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName
}
