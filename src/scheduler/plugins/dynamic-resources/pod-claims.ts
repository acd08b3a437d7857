import type { Pod } from '../../../api/core/v1/pod.ts'
import { notForPod, podClaimName } from '../../../api/resource/pod-claims.ts'
import type { ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'
import type { ClaimTracker } from './claim-tracker.ts'

/** The claims of a Pod, or why it cannot have them all, in upstream's words. */
export function claimsOf(
  pod: Pod,
  tracker: Pick<ClaimTracker, 'get'>,
): { readonly claims: readonly ResourceClaim[] } | { readonly problem: string } {
  const claims: ResourceClaim[] = []
  for (const entry of pod.spec.resourceClaims ?? []) {
    const found = podClaimName(pod, entry)
    if (found.type === 'unneeded') continue
    if (found.type === 'absent') return { problem: found.problem }
    const { namespace } = pod.metadata
    const claim = tracker.get(namespace, found.name)
    if (!claim) return { problem: `could not find claim "${namespace}/${found.name}"` }
    if (claim.metadata.deletionTimestamp !== undefined)
      return { problem: `resourceclaim "${found.name}" is being deleted` }
    const problem = found.isOwned ? notForPod(pod, claim) : undefined
    if (problem !== undefined) return { problem }
    claims.push(claim)
  }
  return { claims }
}
