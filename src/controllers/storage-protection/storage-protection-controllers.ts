import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import {
  controller,
  watch,
  type Controller,
  type PassCache,
} from '../../controller-runtime/index.ts'
import { claimKeysOf, podsByClaim } from '../common/pod-indexes.ts'
import { protect } from '../common/protect.ts'

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection'
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection'

/** Keeps claims that are deleted until no Pod uses them any more. */
export const claimProtectionController: Controller = controller(
  'persistentvolumeclaim-protection-controller',
  {
    queueName: 'pvcprotection',
    for: PersistentVolumeClaim,
    watches: [
      watch(Pod, claimKeysOf, (after, before) => isPodTerminal(after) !== isPodTerminal(before)),
    ],

    async reconcile(claim, pass) {
      await protect(
        [PersistentVolumeClaim, claim],
        CLAIM_FINALIZER,
        isClaimUsed(claim, pass.cache),
        pass,
      )
    },
  },
)

// A Pod that no node has yet cannot be started with a claim that goes away.
function isClaimUsed({ metadata }: PersistentVolumeClaim, cache: PassCache): boolean {
  return cache
    .find(podsByClaim, `${metadata.namespace}/${metadata.name}`)
    .some((pod) => pod.spec.nodeName !== undefined && !isPodTerminal(pod))
}

/** Keeps volumes that are deleted until no claim is bound to them any more. */
export const volumeProtectionController: Controller = controller(
  'persistentvolume-protection-controller',
  {
    queueName: 'pvprotection',
    for: PersistentVolume,

    async reconcile(volume, pass) {
      const isBound = volume.status.phase === 'Bound'
      await protect([PersistentVolume, volume], VOLUME_FINALIZER, isBound, pass)
    },
  },
)
