import { Node } from '../../../api/core/v1/node.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { notFound } from '../../../apimachinery/status-error.ts'
import { referencesOf, type PodReference } from '../../../api/core/v1/pod-references.ts'
import { isMirrorPod, MIRROR_ANNOTATION } from './mirror-pod.ts'
import type { NodeWrite, Refusal } from './node-restriction.ts'

/** A node may create mirror Pods and delete the Pods bound to it. */
export function refusePodWrite(write: NodeWrite): Refusal | Promise<Refusal> {
  const { node, attributes } = write
  const who = `node ${JSON.stringify(node)}`
  switch (attributes.operation) {
    case 'CREATE':
      return refusePodCreate(write)
    case 'DELETE': {
      const { spec } = attributes.oldObject as unknown as Pod
      if (spec.nodeName === node) return undefined
      return `${who} can only delete pods with spec.nodeName set to itself`
    }
    default:
      return `unexpected operation "${attributes.operation}", ${who} can only create and delete mirror pods`
  }
}

async function refusePodCreate(write: NodeWrite): Promise<Refusal> {
  const { node, attributes } = write
  const who = `node ${JSON.stringify(node)}`
  const pod = attributes.object as unknown as Pod
  if (!isMirrorPod(pod)) {
    return `pod does not have "${MIRROR_ANNOTATION}" annotation, ${who} can only create mirror pods`
  }
  if (pod.spec.nodeName !== node) {
    return `${who} can only create pods with spec.nodeName set to itself`
  }
  return (await refuseOwner(write, pod)) ?? refuseReferences(who, pod)
}

async function refuseOwner({ node, options }: NodeWrite, pod: Pod): Promise<Refusal> {
  const who = `node ${JSON.stringify(node)}`
  const { ownerReferences: owners = [] } = pod.metadata
  if (owners.length > 1) {
    return `${who} can only create pods with a single owner reference set to itself`
  }
  const [owner] = owners
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    return `${who} can only create pods with an owner reference set to itself`
  }
  if (!owner.controller) {
    return `${who} can only create pods with a controller owner reference set to itself`
  }
  if (owner.blockOwnerDeletion) {
    return `${who} must not set blockOwnerDeletion on an owner reference`
  }
  const stored = await options.live.get(Node, { name: node })
  if (!stored) throw notFound(Node, node)
  const { uid } = stored.metadata
  if (owner.uid === uid) return undefined
  return `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`
}

const REFERENCES: readonly (readonly [PodReference['kind'], string])[] = [
  ['ServiceAccount', 'a service account'],
  ['Secret', 'secrets'],
  ['ConfigMap', 'configmaps'],
  ['PersistentVolumeClaim', 'persistentvolumeclaims'],
  ['ResourceClaim', 'resource claims'],
]

// What a Pod refers to its node may read: it must not be able to make up such Pods.
function refuseReferences(who: string, pod: Pod): Refusal {
  const references = referencesOf(pod)
  const found = REFERENCES.find(([kind]) => references.some((each) => each.kind === kind))
  if (found) return `${who} can not create pods that reference ${found[1]}`
  const hasTrustBundle = (pod.spec.volumes ?? []).some(({ projected }) =>
    projected?.sources?.some(({ clusterTrustBundle }) => clusterTrustBundle),
  )
  return hasTrustBundle
    ? `${who} can not create pods that reference clustertrustbundles`
    : undefined
}

/** A node reports on the Pods bound to it. */
export function refusePodStatus({ node, attributes }: NodeWrite): Refusal {
  const who = `node ${JSON.stringify(node)}`
  if (attributes.operation !== 'UPDATE') return `unexpected operation "${attributes.operation}"`
  const old = attributes.oldObject as unknown as Pod
  const pod = attributes.object as unknown as Pod
  if (old.spec.nodeName !== node) {
    return `${who} can only update pod status for pods with spec.nodeName set to itself`
  }
  if (!equal(old.metadata.labels ?? {}, pod.metadata.labels ?? {})) {
    return `${who} cannot update labels through pod status`
  }
  const claims = pod.status?.resourceClaimStatuses ?? []
  if (!equal(old.status?.resourceClaimStatuses ?? [], claims)) {
    return `${who} cannot update resource claim statues`
  }
  return undefined
}

/** A node evicts the Pods bound to it. */
export async function refuseEviction({ node, attributes, options }: NodeWrite): Promise<Refusal> {
  const { operation, namespace, name } = attributes
  if (operation !== 'CREATE') return `unexpected operation ${operation}`
  const pod = await options.live.get(Pod, { namespace, name })
  if (!pod) throw notFound(Pod, name)
  if (pod.spec.nodeName === node) return undefined
  return `node ${node} can only evict pods with spec.nodeName set to itself`
}
