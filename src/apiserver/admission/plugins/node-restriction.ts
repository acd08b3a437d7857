import { Pod } from '../../../api/core/v1/pod.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { nodeIdentity } from '../../authorization/node/node-identity.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import { unchanged } from './about.ts'
import { refuseNodeWrite } from './node-restriction-node.ts'
import { refuseEviction, refusePodStatus, refusePodWrite } from './node-restriction-pod.ts'
import { refuseTokenRequest } from './node-restriction-token.ts'
import { refuseClaimStatus, refuseOtherName } from './node-restriction-other.ts'
import { refusal } from './refuse.ts'

export interface NodeRestrictionOptions {
  readonly live: LiveObjects
  /** Whom tokens are for that name nobody. */
  readonly apiAudiences: readonly string[]
}

/** A write of a node. */
export interface NodeWrite {
  readonly node: string
  readonly attributes: AdmissionAttributes
  readonly options: NodeRestrictionOptions
}

/** Why a node may not do what it wants; undefined where it may. */
export type Refusal = string | undefined

/** Lets nodes write only what is their own: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction */
export function nodeRestriction(options: NodeRestrictionOptions): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    async admit(attributes) {
      const node = nodeIdentity(attributes.user)
      if (node !== undefined) {
        const reason = await reasonAgainst({ node, attributes, options })
        if (reason !== undefined) throw refusal(attributes, reason)
      }
      return unchanged(attributes)
    },
  }
}

function reasonAgainst(write: NodeWrite): Refusal | Promise<Refusal> {
  const { node, attributes } = write
  if (node === '')
    return `could not determine node from user ${JSON.stringify(attributes.user.name)}`
  const { group, plural } = attributes.type.resource
  switch (group === '' ? plural : `${plural}.${group}`) {
    case Pod.resource.plural:
      return aboutPod(write)
    case 'nodes':
      return refuseNodeWrite(write)
    case 'persistentvolumeclaims':
      return attributes.subresource === 'status'
        ? refuseClaimStatus(write)
        : 'may only update PVC status'
    case 'serviceaccounts':
      return refuseTokenRequest(write)
    case 'leases.coordination.k8s.io':
      return attributes.namespace === NODE_LEASES
        ? refuseOtherName(write, 'node lease')
        : `can only access leases in the "${NODE_LEASES}" system namespace`
    case 'csinodes.storage.k8s.io':
      return refuseOtherName(write, 'CSINode')
    case 'resourceslices.resource.k8s.io':
      return refuseSlice(write)
    default:
      return undefined
  }
}

const NODE_LEASES = 'kube-node-lease'

function aboutPod(write: NodeWrite): Refusal | Promise<Refusal> {
  const { subresource } = write.attributes
  if (subresource === '') return refusePodWrite(write)
  if (subresource === 'status') return refusePodStatus(write)
  if (subresource === 'eviction') return refuseEviction(write)
  return `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`
}

function refuseSlice({ node, attributes }: NodeWrite): Refusal {
  const { operation, object } = attributes
  if (operation !== 'CREATE') return undefined
  const { spec } = object as { readonly spec?: { readonly nodeName?: string } }
  if (spec?.nodeName === node) return undefined
  return `can only create ResourceSlice with the same NodeName as the requesting node`
}
