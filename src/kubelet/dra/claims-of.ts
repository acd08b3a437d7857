import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'

const EXTENDED = '' // No entry of a Pod has an empty name.

/** The claims that a Pod uses: what they are called in the Pod, and the ResourceClaim. */
export function claimsOf({
  spec,
  status,
}: Pod): readonly (readonly [entry: string, claim: string])[] {
  const { resourceClaimStatuses = [], extendedResourceClaimStatus: extended } = status
  const named = (spec.resourceClaims ?? []).map(({ name, resourceClaimName }) => {
    const generated = resourceClaimStatuses.find((each) => each.name === name)
    if (!resourceClaimName && !generated)
      throw new Error(`pod claim ${name}: ResourceClaim not created yet`)
    // A generated one without a name was not needed.
    return [name, resourceClaimName ?? generated?.resourceClaimName ?? ''] as const
  })
  return [...named, ...(extended ? [[EXTENDED, extended.resourceClaimName] as const] : [])].filter(
    ([, claim]) => claim !== '',
  )
}

/** What a container uses of them: all of a claim where no request is named. */
export function usesOf(
  { status }: Pod,
  { name, resources }: AnyContainer,
): readonly { readonly entry: string; readonly request?: string }[] {
  const { requestMappings = [] } = status.extendedResourceClaimStatus ?? {}
  return [
    ...(resources.claims ?? []).map((claim) => ({
      entry: claim.name,
      ...(claim.request && { request: claim.request }),
    })),
    ...requestMappings
      .filter(({ containerName }) => containerName === name)
      .map(({ requestName }) => ({ entry: EXTENDED, request: requestName })),
  ]
}
