import type { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import type { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import {
  controllerReferenceTo,
  type Ownable,
  type OwnerReference,
} from '../../apimachinery/owner-references.ts'
import { isInRange } from './stateful-pods.ts'

type Owners = readonly OwnerReference[]
type Claim = Pick<PersistentVolumeClaim, 'metadata'>
type Named = { readonly kind: string; readonly apiVersion: string; readonly name: string }

/** What becomes of the claims of a set's Pods. */
function policyOf({ spec }: StatefulSet): {
  readonly goWithSet: boolean
  readonly goWithPod: boolean
} {
  const { whenDeleted, whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {}
  return { goWithSet: whenDeleted === 'Delete', goWithPod: whenScaled === 'Delete' }
}

/**
 * The owners that a claim is to have by the set's policy (KEP-1847): its Pod once that is scaled down, the set before,
 * where the claim is to go with them. Undefined where it has those, or belonged to others of their names.
 */
export function planOwners(set: StatefulSet, pod: Pod, claim: Claim): Owners | undefined {
  const { ownerReferences: owners = [] } = claim.metadata
  const own = owners.filter((owner) => names(owner, set) || names(owner, pod))
  if (own.some(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid)) return undefined
  const others = owners.filter((owner) => !own.includes(owner))
  const wanted = isManagedByOther(set, pod, claim) ? [] : wantedOwners(set, pod)
  const isRight =
    own.length === wanted.length &&
    wanted.every((owner) => own.some(({ uid, controller }) => uid === owner.uid && controller))
  return isRight ? undefined : [...others, ...wanted]
}

function wantedOwners(set: StatefulSet, pod: Pod): Owners {
  const { goWithSet, goWithPod } = policyOf(set)
  if (goWithPod && !isInRange(set, pod)) return [controllerReferenceTo(pod)]
  return goWithSet ? [controllerReferenceTo(set)] : []
}

/** Whether somebody else manages a claim that should go with the set or its Pods: then the policy does not count. */
export function isManagedByOther(
  set: StatefulSet,
  pod: Pod,
  { metadata: { ownerReferences = [] } }: Claim,
): boolean {
  const { goWithSet, goWithPod } = policyOf(set)
  if (!goWithSet && !goWithPod) return false
  return ownerReferences.some(
    (owner) => owner.controller && !names(owner, set) && !names(owner, pod),
  )
}

/** Whether a claim is about to go with an earlier Pod of this name. */
export function isStale(
  set: StatefulSet,
  podName: string,
  { metadata: { ownerReferences = [] } }: Claim,
): boolean {
  return (
    policyOf(set).goWithPod &&
    ownerReferences.some((owner) => isOf(owner, { apiVersion: 'v1', kind: 'Pod', name: podName }))
  )
}

function names(reference: OwnerReference, { apiVersion, kind, metadata }: Ownable): boolean {
  return isOf(reference, { apiVersion, kind, name: metadata.name })
}

function isOf(reference: OwnerReference, { apiVersion, kind, name }: Named): boolean {
  return reference.apiVersion === apiVersion && reference.kind === kind && reference.name === name
}
