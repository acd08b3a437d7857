import { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../../api/core/v1/persistent-volume.ts'
import { VolumeAttributesClass } from '../../../api/storage/v1/volume-attributes-class.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, unchanged } from './about.ts'

const FINALIZERS = [
  [PersistentVolumeClaim, 'kubernetes.io/pvc-protection'],
  [PersistentVolume, 'kubernetes.io/pv-protection'],
  [VolumeAttributesClass, 'kubernetes.io/vac-protection'],
] as const

/** Marks storage so that it does not go while it is used. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  operations: ['CREATE'],
  admit(attributes) {
    const finalizer = finalizerFor(attributes)
    const object = attributes.object as unknown as ApiObject
    const { finalizers = [] } = object?.metadata ?? {}
    if (finalizer === undefined || finalizers.includes(finalizer)) return unchanged(attributes)
    const metadata = { ...object.metadata, finalizers: [...finalizers, finalizer] }
    return admitted({ ...object, metadata })
  },
}

function finalizerFor(attributes: AdmissionAttributes): string | undefined {
  return FINALIZERS.find(([type]) => isAbout(attributes, type))?.[1]
}
