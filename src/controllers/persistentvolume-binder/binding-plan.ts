import type { PersistentVolumeClaim as Claim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { PersistentVolume as Volume } from '../../api/core/v1/persistent-volume.ts'

/** What is to become of a volume. */
export type VolumePlan =
  | { readonly type: 'phase'; readonly phase: 'Available' | 'Bound' }
  /** Its claim is gone. */
  | { readonly type: 'release' }
  /** It was bound to a claim that took another one. */
  | { readonly type: 'unbind' }
  /** Its claim is yet to be bound to it. */
  | { readonly type: 'wait' }

/** What is to become of a volume, given the claim that it names. */
export function planVolume({ metadata, spec }: Volume, claim: Claim | undefined): VolumePlan {
  const { claimRef } = spec
  if (!claimRef) return { type: 'phase', phase: 'Available' }
  // Reserved by a user for a claim that has not come yet.
  if (!claimRef.uid) return { type: 'phase', phase: 'Available' }
  if (claim?.metadata.uid !== claimRef.uid) return { type: 'release' }
  if (!claim.spec.volumeName) return { type: 'wait' }
  if (claim.spec.volumeName === metadata.name) return { type: 'phase', phase: 'Bound' }
  return { type: 'unbind' }
}
