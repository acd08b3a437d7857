import { Pod } from '../../../api/core/v1/pod.ts'
import { ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'
import { CLAIM_FINALIZER } from '../../../api/resource/pod-claims.ts'
import { isNotFound } from '../../../apimachinery/status-predicates.ts'
import { uuid, type Random } from '../../../base/random.ts'
import type { Client } from '../../../client/client.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import type { PodInfo } from '../../cache/pod-info.ts'
import type { DeviceClasses } from './device-classes.ts'
import { extendedRequests, type ExtendedRequests } from './extended-requests.ts'

/** Says of a claim that it stands for the extended resources of its Pod. */
export const EXTENDED_ANNOTATION = 'resource.kubernetes.io/extended-resource-claim'

/** A claim for extended resources, as it would be on some node, and who gets what of it. */
export interface ExtendedClaim extends Pick<ExtendedRequests, 'mappings'> {
  readonly claim: ResourceClaim
}

/** The extended resources of a Pod for which classes of devices stand (KEP-5004). */
export interface ExtendedResources {
  /** The claim that a node would need; undefined where it has all of them by itself. */
  claimFor(node: NodeInfo): ExtendedClaim | undefined
}

/** Undefined where classes stand for nothing that the Pod asks for. */
export function extendedResources(
  { pod, requests }: PodInfo,
  { classFor }: DeviceClasses,
  random: Random,
): ExtendedResources | undefined {
  const backed = [...(requests.scalars ?? [])].flatMap(([name, amount]) =>
    amount > 0 && classFor(name) ? [name] : [],
  )
  if (backed.length === 0) return undefined
  const uid = uuid(random)
  const claims = new Map<string, ExtendedClaim>()
  return {
    claimFor({ allocatable }) {
      const missing = backed.filter((name) => allocatable.get(name) === 0)
      if (missing.length === 0) return undefined
      return claims.getOrInsertComputed(missing.join(), () => {
        const classOf = (name: string): string => classFor(name)!.metadata.name
        const { requests: asked, mappings } = extendedRequests(pod.spec, missing, classOf)
        return { claim: claimOf(pod, uid, asked), mappings }
      })
    },
  }
}

// It is written once the node is certain; until then it has a name that no claim can have.
function claimOf(
  { metadata: { namespace, name, uid: owner } }: Pod,
  uid: string,
  requests: ExtendedRequests['requests'],
): ResourceClaim {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name, uid: owner, controller: true }]
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: {
      namespace,
      name: '<extended-resources>',
      uid,
      annotations: { [EXTENDED_ANNOTATION]: 'true' },
      ownerReferences,
    },
    spec: { devices: { requests } },
    status: {},
  } as unknown as ResourceClaim
}

/** Writes the claim. Answers with it as it is then. */
export function createExtendedClaim(
  { metadata, spec }: ResourceClaim,
  { metadata: { name: pod } }: Pod,
  client: Client,
): Promise<ResourceClaim> {
  const { namespace, annotations, ownerReferences } = metadata
  const generateName = `${pod}-extended-resources-`
  return client.create(ResourceClaim, {
    metadata: {
      namespace,
      generateName,
      ...(annotations && { annotations }),
      ...(ownerReferences && { ownerReferences }),
    },
    spec,
  })
}

/** Tells the Pod which claim stands for its extended resources, so that its node knows. */
export async function tellPod(
  { metadata: { namespace, name, uid } }: Pod,
  resourceClaimName: string,
  requestMappings: ExtendedClaim['mappings'],
  client: Client,
): Promise<void> {
  const extendedResourceClaimStatus = { resourceClaimName, requestMappings }
  const patch = { metadata: { uid }, status: { extendedResourceClaimStatus } }
  await client.patch(Pod, { namespace, name }, 'strategic', patch, { subresource: 'status' })
}

/** Deletes a claim that was made for a node that was not to be. */
export async function deleteClaim({ metadata }: ResourceClaim, client: Client): Promise<void> {
  const { namespace, name, uid } = metadata
  try {
    const claim = await client.get(ResourceClaim, { namespace, name })
    if (claim.metadata.uid !== uid) return
    const finalizers = claim.metadata.finalizers?.filter((each) => each !== CLAIM_FINALIZER) ?? []
    await client.update(ResourceClaim, { ...claim, metadata: { ...claim.metadata, finalizers } })
    await client.delete(ResourceClaim, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
