import type { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { isOwnedBy, ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import type { Pass } from '../../controller-runtime/index.ts'
import { ordinalOf, podName, statefulClaims } from './stateful-pods.ts'

/** Creates the claims of an ordinal that are missing, and tells of each in an event. */
export async function ensureClaims(set: StatefulSet, ordinal: number, pass: Pass): Promise<void> {
  const { cache, client, events } = pass
  for (const claim of statefulClaims(set, ordinal)) {
    if (cache.get(PersistentVolumeClaim, claim.metadata)) continue
    const what = `create Claim ${claim.metadata.name} Pod ${podName(set, ordinal)} in StatefulSet ${set.metadata.name}`
    try {
      await client.create(PersistentVolumeClaim, claim)
      events.normal(set, 'SuccessfulCreate', `${what} success`)
    } catch (error) {
      if (isAlreadyExists(error)) continue
      events.warning(set, 'FailedCreate', `${what} failed error: ${(error as Error).message}`)
      throw error
    }
  }
}

/** Lets the claims of a Pod that is scaled down go with it, where the set's policy says so (KEP-1847). */
export async function handOverClaims(set: StatefulSet, pod: Pod, pass: Pass): Promise<void> {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return
  const ordinal = ordinalOf(set, pod)
  if (ordinal === undefined) return
  for (const { metadata } of statefulClaims(set, ordinal)) {
    const claim = pass.cache.get(PersistentVolumeClaim, metadata)
    if (!claim || isOwnedBy(claim, pod)) continue
    const ownerReferences = [ownerReferenceTo(pod)]
    await pass.client.update(PersistentVolumeClaim, {
      ...claim,
      metadata: { ...claim.metadata, ownerReferences },
    })
  }
}
