import type { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import { claimsOfPod } from '../../../api/core/v1/pod-volumes.ts'
import type { Pod } from '../../../api/core/v1/pod.ts'
import { BIND_COMPLETED } from '../../../api/core/v1/volume-binding.ts'
import { isControlledBy } from '../../../apimachinery/owner-references.ts'
import type { StorageLister } from '../../storage-lister.ts'

type Claim = PersistentVolumeClaim

/** The claims of a Pod, by what is still to be done for them. */
export interface PodClaims {
  readonly bound: readonly Claim[]
  /** Bound, or provisioned, once the Pod's node is known. */
  readonly delayed: readonly Claim[]
  /** Somebody else is to bind these first. */
  readonly immediate: readonly Claim[]
}

/** Sorts a Pod's claims, or says in Kubernetes' words why the Pod cannot have them. */
export function podClaims(
  pod: Pod,
  storage: StorageLister,
): { readonly claims: PodClaims } | { readonly problem: string } {
  const claims: Claim[] = []
  for (const { claimName, isEphemeral } of claimsOfPod(pod)) {
    const claim = storage.claim(pod.metadata.namespace, claimName)
    const problem = problemOf(claimName, claim, isEphemeral, pod)
    if (problem !== undefined || !claim) return { problem: problem ?? '' }
    claims.push(claim)
  }
  const groups = Map.groupBy(claims, (claim) => stateOf(claim, storage))
  const of = (state: keyof PodClaims): readonly Claim[] => groups.get(state) ?? []
  return { claims: { bound: of('bound'), delayed: of('delayed'), immediate: of('immediate') } }
}

function problemOf(
  name: string,
  claim: Claim | undefined,
  isEphemeral: boolean,
  pod: Pod,
): string | undefined {
  if (!claim) {
    return isEphemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
      : `persistentvolumeclaim "${name}" not found`
  }
  if (claim.status.phase === 'Lost') {
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ''}"`
  }
  if (claim.metadata.deletionTimestamp !== undefined) {
    return `persistentvolumeclaim "${name}" is being deleted`
  }
  const { namespace, name: podName } = pod.metadata
  return isEphemeral && !isControlledBy(claim, pod)
    ? `PVC ${namespace}/${name} was not created for pod ${namespace}/${podName} (pod is not owner)`
    : undefined
}

function stateOf({ metadata, spec }: Claim, storage: StorageLister): keyof PodClaims {
  if (spec.volumeName) {
    return metadata.annotations?.[BIND_COMPLETED] === undefined ? 'immediate' : 'bound'
  }
  const mode = storage.storageClass(spec.storageClassName ?? '')?.volumeBindingMode
  return mode === 'WaitForFirstConsumer' ? 'delayed' : 'immediate'
}
