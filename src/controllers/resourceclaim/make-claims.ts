import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import {
  consumerReference,
  isReservedFor,
  notForPod,
  podClaimName,
} from '../../api/resource/pod-claims.ts'
import { ResourceClaimTemplate } from '../../api/resource/v1/resource-claim-template.ts'
import { ResourceClaim } from '../../api/resource/v1/resource-claim.ts'
import { controllerReferenceTo, isControlledBy } from '../../apimachinery/owner-references.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import { claimNameBase } from './claim-name.ts'

type Entry = NonNullable<Pod['spec']['resourceClaims']>[number]

/** Says of a claim for which entry of its Pod it was made. */
const ENTRY_ANNOTATION = 'resource.kubernetes.io/pod-claim-name'

const podsByTemplate = indexBy(Pod, 'resourceClaimTemplate', ({ spec }) =>
  (spec.resourceClaims ?? []).flatMap(({ resourceClaimTemplateName: name }) => name ?? []),
)
const claimsByOwner = indexBy(ResourceClaim, 'owner', ({ metadata }) =>
  (metadata.ownerReferences ?? []).map(({ uid }) => uid),
)

/** Makes the claims of Pods from templates (KEP-4381), and reserves claims for Pods that no scheduler placed. */
export const claimMaker: Controller = controller<Pod>('resourceclaim-controller', {
  for: Pod,
  changed: (after, before) =>
    after.status.resourceClaimStatuses !== before.status.resourceClaimStatuses ||
    after.spec.nodeName !== before.spec.nodeName,
  watches: [
    watch(ResourceClaimTemplate, ({ metadata: { namespace, name } }, cache) =>
      cache
        .find(podsByTemplate, name)
        .filter(({ metadata }) => metadata.namespace === namespace)
        .map(({ metadata }) => metadata),
    ),
    // A claim that somebody deletes is made anew; one that got devices may want to be reserved.
    watch(ResourceClaim, ({ metadata: { namespace, ownerReferences = [] }, status }) =>
      [...ownerReferences.filter(({ kind }) => kind === 'Pod'), ...(status.reservedFor ?? [])].map(
        ({ name }) => ({ namespace, name }),
      ),
    ),
  ],

  async reconcile(pod, pass) {
    const { resourceClaims = [] } = pod.spec
    if (resourceClaims.length === 0 || pod.metadata.deletionTimestamp !== undefined) return
    if (isPodTerminal(pod)) return
    const made = new Map<string, string>()
    for (const entry of resourceClaims) {
      const name = await ensureClaim(pod, entry, pass)
      if (name !== undefined) made.set(entry.name, name)
    }
    if (made.size > 0) await tellPod(pod, made, pass)
    else if (pod.spec.nodeName) await reserveAll(pod, pass)
  },
})

/** Makes the claim of an entry where that is to be made and is not there: its name where the Pod does not know it yet. */
async function ensureClaim(pod: Pod, entry: Entry, pass: Pass): Promise<string | undefined> {
  const { namespace } = pod.metadata
  const found = podClaimName(pod, entry)
  const templateName = entry.resourceClaimTemplateName
  if (found.type === 'unneeded' || templateName === undefined) return undefined
  if (found.type === 'named') {
    const claim = pass.cache.get(ResourceClaim, { namespace, name: found.name })
    if (claim && notForPod(pod, claim) === undefined) return undefined
  }
  try {
    const claim = orphanOf(pod, entry, pass) ?? (await makeClaim(pod, entry, templateName, pass))
    return claim.metadata.name
  } catch (error) {
    const message = `PodResourceClaim ${entry.name}: ${(error as Error).message}`
    pass.events.warning(pod, 'FailedResourceClaimCreation', message)
    throw error
  }
}

/** A claim that was made before, but not told of. */
function orphanOf(pod: Pod, entry: Entry, { cache }: Pass): ResourceClaim | undefined {
  return cache
    .find(claimsByOwner, pod.metadata.uid)
    .find(
      (claim) =>
        isControlledBy(claim, pod) &&
        claim.metadata.annotations?.[ENTRY_ANNOTATION] === entry.name &&
        claim.metadata.deletionTimestamp === undefined,
    )
}

async function makeClaim(
  pod: Pod,
  entry: Entry,
  templateName: string,
  { cache, client }: Pass,
): Promise<ResourceClaim> {
  const { namespace, name } = pod.metadata
  const template = cache.get(ResourceClaimTemplate, { namespace, name: templateName })
  if (!template) {
    throw new Error(
      `resource claim template "${templateName}": resourceclaimtemplate.resource.k8s.io "${templateName}" not found`,
    )
  }
  const { labels, annotations } = template.spec.metadata
  return client.create(ResourceClaim, {
    metadata: {
      namespace,
      generateName: claimNameBase(name, entry.name),
      ownerReferences: [controllerReferenceTo(pod)],
      annotations: { ...annotations, [ENTRY_ANNOTATION]: entry.name },
      ...(labels && { labels }),
    },
    spec: template.spec.spec,
  })
}

async function tellPod(
  { metadata }: Pod,
  made: ReadonlyMap<string, string>,
  { client }: Pass,
): Promise<void> {
  const resourceClaimStatuses = [...made].map(([name, resourceClaimName]) => ({
    name,
    resourceClaimName,
  }))
  const patch = { metadata: { uid: metadata.uid }, status: { resourceClaimStatuses } }
  await client.patch(Pod, metadata, 'strategic', patch, { subresource: 'status' })
}

/** The scheduler reserves the claims of Pods that it places; others are left to us. */
async function reserveAll(pod: Pod, { cache, client }: Pass): Promise<void> {
  const { namespace } = pod.metadata
  for (const entry of pod.spec.resourceClaims ?? []) {
    const found = podClaimName(pod, entry)
    if (found.type !== 'named') continue
    const claim = cache.get(ResourceClaim, { namespace, name: found.name })
    if (!claim?.status.allocation || isReservedFor(claim, pod)) continue
    const { reservedFor = [] } = claim.status
    const status = { ...claim.status, reservedFor: [...reservedFor, consumerReference(pod)] }
    await client.updateStatus(ResourceClaim, { ...claim, status })
  }
}
