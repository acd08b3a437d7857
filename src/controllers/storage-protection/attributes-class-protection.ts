import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { VolumeAttributesClass } from '../../api/storage/v1/volume-attributes-class.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type ObjectKey,
} from '../../controller-runtime/index.ts'
import { protect } from '../common/protect.ts'

const FINALIZER = 'kubernetes.io/vac-protection'

const claimsByClass = indexBy(PersistentVolumeClaim, 'attributes class', classesOfClaim)
const volumesByClass = indexBy(PersistentVolume, 'attributes class', classesOfVolume)

/** Keeps VolumeAttributesClasses that are deleted until no claim and no volume names them any more (KEP-3751). */
export const attributesClassProtectionController: Controller = controller(
  'volumeattributesclass-protection-controller',
  {
    queueName: 'volumeattributesclass_protection',
    for: VolumeAttributesClass,
    watches: [
      watch(PersistentVolumeClaim, (claim) => classesOfClaim(claim).map(named)),
      watch(PersistentVolume, (volume) => classesOfVolume(volume).map(named)),
    ],

    async reconcile(attributesClass, pass) {
      const { name } = attributesClass.metadata
      const isUsed =
        pass.cache.count(claimsByClass, name) > 0 || pass.cache.count(volumesByClass, name) > 0
      await protect([VolumeAttributesClass, attributesClass], FINALIZER, isUsed, pass)
    },
  },
)

/** The classes that a claim has, wants, or is on its way to. */
function classesOfClaim({ spec, status }: PersistentVolumeClaim): readonly string[] {
  const { currentVolumeAttributesClassName: current, modifyVolumeStatus } = status
  const names = [
    spec.volumeAttributesClassName,
    current,
    modifyVolumeStatus?.targetVolumeAttributesClassName,
  ]
  return [...new Set(names.flatMap((each) => each || []))]
}

function classesOfVolume({ spec }: PersistentVolume): readonly string[] {
  return spec.volumeAttributesClassName ? [spec.volumeAttributesClassName] : []
}

function named(name: string): ObjectKey {
  return { name }
}
