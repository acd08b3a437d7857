import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { CLAIM_FINALIZER } from '../../api/resource/pod-claims.ts'
import { ResourceClaim, type ResourceClaimStatus } from '../../api/resource/v1/resource-claim.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import { unlessGone } from '../common/unless-gone.ts'

type Consumer = NonNullable<ResourceClaimStatus['reservedFor']>[number]

const claimsByPod = indexBy(ResourceClaim, 'consumer', ({ metadata, status }) => [
  ...(status.reservedFor ?? []).map(({ uid }) => uid),
  ...(metadata.ownerReferences ?? []).map(({ uid }) => uid),
])

/** Takes Pods that need them no more off claims, and gives back the devices of claims that nobody uses. */
export const claimCleaner: Controller = controller<ResourceClaim>('resourceclaim-controller', {
  for: ResourceClaim,
  watches: [
    watch(
      Pod,
      ({ metadata }, cache) =>
        cache.find(claimsByPod, metadata.uid).map(({ metadata: claim }) => claim),
      (after, before) => isDone(after) !== isDone(before),
    ),
  ],

  async reconcile(claim, pass) {
    const { reservedFor = [] } = claim.status
    const valid: Consumer[] = []
    for (const each of reservedFor) if (await isValid(each, claim, pass)) valid.push(each)
    let current = claim
    const isFreed = valid.length < reservedFor.length
    const isAbandoned = claim.metadata.deletionTimestamp !== undefined && valid.length === 0
    if (isFreed || (isAbandoned && claim.status.allocation))
      current = await writeConsumers(claim, valid, pass)
    if (!current.status.allocation && (isFreed || isAbandoned)) await unprotect(current, pass)
    if (valid.length === 0) await deleteWithOwner(claim, pass)
  },
})

/** Whether a Pod will run no more, or never will. */
function isDone(pod: Pod): boolean {
  return isPodTerminal(pod) || (pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName)
}

async function isValid(
  { apiGroup = '', resource, name, uid }: Consumer,
  { metadata: { namespace } }: ResourceClaim,
  { cache, client }: Pass,
): Promise<boolean> {
  // What else may use claims is looked after by whoever reserved them.
  if (apiGroup !== '' || resource !== 'pods') return true
  const known = cache.get(Pod, { namespace, name })
  if (known?.metadata.uid === uid) return !isDone(known)
  // The cache may be behind, and a mistake would take devices from a Pod that is about to run.
  try {
    const pod = await client.get(Pod, { namespace, name })
    return pod.metadata.uid === uid && !isDone(pod)
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

function writeConsumers(
  claim: ResourceClaim,
  valid: readonly Consumer[],
  { client }: Pass,
): Promise<ResourceClaim> {
  const { reservedFor: _before, allocation, devices, ...rest } = claim.status
  const status =
    valid.length > 0
      ? {
          ...rest,
          reservedFor: valid,
          ...(allocation && { allocation }),
          ...(devices && { devices }),
        }
      : rest
  return client.updateStatus(ResourceClaim, { ...claim, status })
}

async function unprotect(claim: ResourceClaim, { client }: Pass): Promise<void> {
  const { finalizers = [] } = claim.metadata
  if (!finalizers.includes(CLAIM_FINALIZER)) return
  const metadata = {
    ...claim.metadata,
    finalizers: finalizers.filter((each) => each !== CLAIM_FINALIZER),
  }
  await client.update(ResourceClaim, { ...claim, metadata })
}

/** A claim that was made for a Pod goes when that is done, even though the Pod stays for its logs. */
async function deleteWithOwner(claim: ResourceClaim, { cache, client }: Pass): Promise<void> {
  const { namespace, uid, ownerReferences = [], deletionTimestamp } = claim.metadata
  const owner = ownerReferences.find((each) => each.controller && each.kind === 'Pod')
  if (!owner || deletionTimestamp !== undefined) return
  const pod = cache.get(Pod, { namespace, name: owner.name })
  if (pod?.metadata.uid !== owner.uid || !isDone(pod)) return
  await unlessGone(client.delete(ResourceClaim, claim.metadata, { preconditions: { uid } }))
}
