import { isControlledBy } from '../../apimachinery/owner-references.ts'
import type { Pod } from '../core/v1/pod.ts'
import type { ResourceClaim } from './v1/resource-claim.ts'

type PodClaim = NonNullable<Pod['spec']['resourceClaims']>[number]

/** Keeps a claim from going away while devices are allocated to it. */
export const CLAIM_FINALIZER = 'resource.kubernetes.io/delete-protection'

/** What became of an entry of a Pod's `spec.resourceClaims`, in upstream's words where it is no claim yet. */
export type PodClaimName =
  | {
      readonly type: 'named'
      readonly name: string
      /** It was made for the Pod from a template, so that it must be the Pod's own. */
      readonly isOwned: boolean
    }
  /** It was found that none is needed. */
  | { readonly type: 'unneeded' }
  | { readonly type: 'absent'; readonly problem: string }

/** The name of the claim that an entry stands for (resourceclaim.Name, upstream). */
export function podClaimName({ metadata, status }: Pod, claim: PodClaim): PodClaimName {
  const { name, resourceClaimName, resourceClaimTemplateName } = claim
  const pod = `pod "${metadata.namespace}/${metadata.name}"`
  if (resourceClaimName !== undefined)
    return { type: 'named', name: resourceClaimName, isOwned: false }
  if (resourceClaimTemplateName === undefined) {
    const problem = `${pod}, spec.resourceClaim "${name}": none of the supported fields are set`
    return { type: 'absent', problem }
  }
  const made = status.resourceClaimStatuses?.find((each) => each.name === name)
  if (!made) return { type: 'absent', problem: `${pod}: ResourceClaim not created yet` }
  return made.resourceClaimName === undefined
    ? { type: 'unneeded' }
    : { type: 'named', name: made.resourceClaimName, isOwned: true }
}

/** Why a claim is not the Pod's own; undefined where it is. */
export function notForPod(pod: Pod, claim: ResourceClaim): string | undefined {
  const { namespace, name } = claim.metadata
  if (namespace === pod.metadata.namespace && isControlledBy(claim, pod)) return undefined
  return `ResourceClaim ${namespace}/${name} was not created for Pod ${pod.metadata.namespace}/${pod.metadata.name} (Pod is not owner)`
}

export function isReservedFor({ status }: ResourceClaim, { metadata }: Pod): boolean {
  return status.reservedFor?.some(({ uid }) => uid === metadata.uid) ?? false
}

/** The entry by which a claim is reserved for a Pod. */
export function consumerReference({ metadata: { name, uid } }: Pod): {
  readonly resource: 'pods'
  readonly name: string
  readonly uid: string
} {
  return { resource: 'pods', name, uid }
}
