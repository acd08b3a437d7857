import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { claimsOfPod } from '../../api/core/v1/pod-volumes.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { isBoundTo } from '../../api/core/v1/volume-binding.ts'
import { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import type { PassCache } from '../../controller-runtime/index.ts'
import { podsByNode } from '../common/pod-indexes.ts'
import { csiVolume, type CsiVolume } from './csi-volumes.ts'
import type { WantedVolume } from './node-plan.ts'

/** The volumes that Pods of a node want attached, by the names of their PersistentVolumes. */
export function wantedVolumes(
  nodeName: string,
  cache: PassCache,
): ReadonlyMap<string, WantedVolume> {
  const wanted = new Map<string, { volume: CsiVolume; pods: Pod[] }>()
  for (const pod of cache.find(podsByNode, nodeName)) {
    if (!wantsVolumes(pod)) continue
    for (const volume of csiVolumesOf(pod, cache)) {
      if (!needsAttaching(volume, cache)) continue
      const entry = wanted.getOrInsert(volume.name, { volume, pods: [] })
      entry.pods.push(pod)
    }
  }
  return wanted
}

/** Whether a Pod's volumes are to be there: until it has ended, or nothing of what is being deleted runs any more. */
export function wantsVolumes(pod: Pod): boolean {
  const { containerStatuses = [] } = pod.status
  const isStopped =
    pod.metadata.deletionTimestamp !== undefined &&
    containerStatuses.every(({ state }) => state?.running === undefined)
  return !isPodTerminal(pod) && !isStopped
}

/** The volumes that a Pod's claims are bound to. */
export function csiVolumesOf(pod: Pod, cache: PassCache): readonly CsiVolume[] {
  const { namespace } = pod.metadata
  return claimsOfPod(pod).flatMap(({ claimName: name, isEphemeral }) => {
    const claim = cache.get(PersistentVolumeClaim, { namespace, name })
    if (!claim?.spec.volumeName) return []
    if (isEphemeral && controllerOf(claim)?.uid !== pod.metadata.uid) return []
    const found = cache.get(PersistentVolume, { name: claim.spec.volumeName })
    const volume = found && isBoundTo(found, claim) ? csiVolume(found) : undefined
    return volume ? [volume] : []
  })
}

// A driver that nobody has told of is taken for one that attaches.
function needsAttaching({ driver }: CsiVolume, cache: PassCache): boolean {
  return cache.get(CSIDriver, { name: driver })?.spec.attachRequired !== false
}
