import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { isBoundTo } from '../../api/core/v1/volume-binding.ts'
import { controller, type Controller } from '../../controller-runtime/index.ts'
import { compareQuantities, parseQuantity } from '../../schema/quantity.ts'

/**
 * Notices claims that have grown. All volumes that can grow belong to CSI drivers by now, whose external-resizers see to
 * it: this tells users whom they wait for, as upstream's does.
 */
export const persistentVolumeExpander: Controller = controller(
  'persistentvolume-expander-controller',
  {
    eventSource: 'volume_expand',
    queueName: 'volume_expand',
    for: PersistentVolumeClaim,
    changed: (after, before) => isLarger(storageOf(after), storageOf(before)),
    reads: [PersistentVolume],

    async reconcile(claim, { cache, events }) {
      const { volumeName } = claim.spec
      const volume = volumeName ? cache.get(PersistentVolume, { name: volumeName }) : undefined
      if (!volume || !isBoundTo(volume, claim) || claim.status.phase !== 'Bound') return
      if (!isLarger(storageOf(claim), volume.spec.capacity?.['storage'])) return
      events.normal(claim, 'ExternalExpanding', WAITING)
    },
  },
)

const WAITING =
  "Ignoring the PVC: didn't find a plugin capable of expanding the volume; waiting for an external controller to process this PVC."

function storageOf({ spec }: PersistentVolumeClaim): string | undefined {
  return spec.resources?.requests?.['storage']
}

function isLarger(after: string | undefined, before: string | undefined): boolean {
  const [larger, smaller] = [after, before].map((text) => parseQuantity(text ?? '0'))
  return larger !== undefined && smaller !== undefined && compareQuantities(larger, smaller) > 0
}
