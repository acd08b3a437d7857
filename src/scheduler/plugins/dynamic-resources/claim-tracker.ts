import type { Pod } from '../../../api/core/v1/pod.ts'
import { ResourceClaim, type AllocationResult } from '../../../api/resource/v1/resource-claim.ts'
import type { SharedInformers } from '../../../client/shared-informers.ts'
import { indexBy } from '../../../client/object-cache.ts'
import { EXTENDED_ANNOTATION } from './extended-claim.ts'
import { DeviceUsage } from './device-usage.ts'

/** The claims as the API server has them, and the allocations that are decided but not written yet. */
export interface ClaimTracker {
  get(namespace: string, name: string): ResourceClaim | undefined
  /** The claim that was made for the extended resources of a Pod. */
  extendedOf(pod: Pod): ResourceClaim | undefined
  /** Whether the cache is as new as this claim at least. */
  hasSeen(claim: Pick<ResourceClaim, 'metadata'>): boolean
  /** Whether devices are being allocated to the claim. */
  isPending(uid: string): boolean
  assume(uid: string, allocation: AllocationResult): void
  /** What was assumed has been written: it holds until the cache shows that, and is not forgotten before. */
  written(claim: Pick<ResourceClaim, 'metadata'>): void
  /** What was assumed did not come about. */
  forget(uid: string): void
  /** The devices that are in use by any claim. */
  usage(): DeviceUsage
  /** Calls back once `holds` is true of a claim, at once where it is already. */
  whenClaim(
    claim: Pick<ResourceClaim, 'metadata'>,
    holds: (claim: ResourceClaim | undefined) => boolean,
    callback: () => void,
  ): Disposable
}

const extendedByPod = indexBy(ResourceClaim, 'extendedResourcesOf', ({ metadata }) =>
  metadata.annotations?.[EXTENDED_ANNOTATION] === 'true'
    ? (metadata.ownerReferences ?? []).flatMap(({ controller, uid }) => (controller ? [uid] : []))
    : [],
)

export function trackClaims(informers: SharedInformers): ClaimTracker {
  const claims = informers.informer(ResourceClaim)
  const allocated = new Map<string, AllocationResult>()
  const pending = new Map<string, AllocationResult>()
  const unseen = new Set<string>()
  let known: DeviceUsage | undefined
  const set = ({ metadata: { uid }, status }: ResourceClaim): void => {
    const { allocation } = status
    if (allocated.get(uid) === allocation) return
    known = undefined
    if (!allocation) {
      allocated.delete(uid)
      return
    }
    allocated.set(uid, allocation)
    drop(uid)
  }
  const drop = (uid: string): void => {
    unseen.delete(uid)
    if (pending.delete(uid)) known = undefined
  }
  claims.subscribe({
    add: set,
    update: set,
    delete({ metadata: { uid } }) {
      if (allocated.delete(uid)) known = undefined
      drop(uid)
    },
  })
  return {
    get: (namespace, name) => claims.cache.get({ namespace, name }),
    extendedOf: ({ metadata }) => claims.cache.find(extendedByPod, metadata.uid)[0],
    hasSeen: ({ metadata }) => claims.hasSeen(metadata.resourceVersion),
    isPending: (uid) => pending.has(uid),
    assume(uid, allocation) {
      pending.set(uid, allocation)
      known = undefined
    },
    written({ metadata: { uid, resourceVersion } }) {
      if (!pending.has(uid)) return
      unseen.add(uid)
      claims.whenSeen(resourceVersion, () => drop(uid))
    },
    forget(uid) {
      if (!unseen.has(uid)) drop(uid)
    },
    usage() {
      if (known) return known
      known = new DeviceUsage()
      for (const each of [...allocated.values(), ...pending.values()]) known.add(each)
      return known
    },
    whenClaim: ({ metadata }, holds, callback) => claims.whenObject(metadata, holds, callback),
  }
}
