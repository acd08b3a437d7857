import { claimsOfPod } from '../../api/core/v1/pod-volumes.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type Pass,
  type PassCache,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection'
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection'

/** Pods by the claims that they use. */
const podsByClaim = indexBy(Pod, 'claim', (pod) =>
  claimsOfPod(pod).map(({ claimName }) => `${pod.metadata.namespace}/${claimName}`),
)

/** Keeps claims that are deleted until no Pod uses them any more. */
export const claimProtectionController: Controller = controller(
  'persistentvolumeclaim-protection-controller',
  {
    queueName: 'pvcprotection',
    for: PersistentVolumeClaim,
    watches: [
      watch(
        Pod,
        (pod) =>
          claimsOfPod(pod).map(({ claimName: name }) => ({
            namespace: pod.metadata.namespace,
            name,
          })),
        (after, before) => isPodTerminal(after) !== isPodTerminal(before),
      ),
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

interface Protected {
  readonly metadata: {
    readonly name: string
    readonly deletionTimestamp?: string
    readonly finalizers?: readonly string[]
  }
}

/** Adds the finalizer to what lives, and takes it from what is deleted and not used. */
async function protect<T extends Protected>(
  [type, object]: readonly [ResourceClass<T>, T],
  finalizer: string,
  isUsed: boolean,
  { client }: Pass,
): Promise<void> {
  const { metadata } = object
  const { finalizers = [] } = metadata
  const isDeleted = metadata.deletionTimestamp !== undefined
  const hasFinalizer = finalizers.includes(finalizer)
  if (isDeleted ? isUsed || !hasFinalizer : hasFinalizer) return
  const changed = isDeleted
    ? finalizers.filter((each) => each !== finalizer)
    : [...finalizers, finalizer]
  try {
    await client.update(type, { ...object, metadata: { ...metadata, finalizers: changed } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
