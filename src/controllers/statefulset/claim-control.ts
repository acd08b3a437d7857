import type { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import type { ObjectKey, Pass } from '../../controller-runtime/index.ts'
import { isManagedByOther, isStale, planOwners } from './claim-owners.ts'
import { ordinalOf, podName, statefulClaims } from './stateful-pods.ts'

/** Creates the claims of an ordinal that are missing, and tells of each in an event. */
export async function ensureClaims(set: StatefulSet, ordinal: number, pass: Pass): Promise<void> {
  const { cache, client, events } = pass
  const pod = podName(set, ordinal)
  for (const claim of statefulClaims(set, ordinal)) {
    const { name } = claim.metadata
    const known = cache.get(PersistentVolumeClaim, claim.metadata)
    if (known?.metadata.deletionTimestamp !== undefined) throw new ClaimGoingError(name)
    if (known) continue
    const where = `Pod ${pod} in StatefulSet ${set.metadata.name}`
    try {
      await client.create(PersistentVolumeClaim, claim)
      events.normal(set, 'SuccessfulCreate', `create Claim ${name} ${where} success`)
    } catch (error) {
      if (isAlreadyExists(error)) continue
      const message = `create Claim ${name} for ${where} failed error: ${(error as Error).message}`
      events.warning(set, 'FailedCreate', message)
      throw error
    }
  }
}

/** Whether a claim of an ordinal is about to go with the last Pod that had it, so that no new one must use it. */
export function hasStaleClaim(set: StatefulSet, ordinal: number, { cache }: Pass): boolean {
  return statefulClaims(set, ordinal).some(({ metadata }) => {
    const claim = cache.get(PersistentVolumeClaim, metadata)
    return claim !== undefined && isStale(set, podName(set, ordinal), claim)
  })
}

/** Has the claims of a Pod go with it, or with the set, where the set's policy says so. */
export async function keepClaimOwners(set: StatefulSet, pod: Pod, pass: Pass): Promise<void> {
  const ordinal = ordinalOf(set, pod)
  if (ordinal === undefined) return
  for (const { metadata } of statefulClaims(set, ordinal)) {
    const claim = pass.cache.get(PersistentVolumeClaim, metadata)
    const ownerReferences = claim && planOwners(set, pod, claim)
    if (!ownerReferences) continue
    if (isManagedByOther(set, pod, claim)) {
      const message = `PersistentVolumeClaim ${metadata.name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`
      pass.events.warning(set, 'ConflictingController', message)
    }
    await pass.client.update(PersistentVolumeClaim, {
      ...claim,
      metadata: { ...claim.metadata, ownerReferences },
    })
  }
}

/** The set whose Pod a claim was to go with. */
export function setsOfClaim({ metadata }: PersistentVolumeClaim): readonly ObjectKey[] {
  const { namespace, ownerReferences = [] } = metadata
  return ownerReferences
    .filter(({ kind }) => kind === 'Pod')
    .map(({ name }) => ({ namespace, name: name.replace(/-\d+$/, '') }))
}

/** A claim of the name that a Pod's is to have goes away first. */
class ClaimGoingError extends Error {
  override readonly name = 'ClaimGoingError'

  constructor(claim: string) {
    super(`pvc ${claim} is being deleted`)
  }
}
