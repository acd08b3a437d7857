import { Deployment } from '../../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { ReplicationController } from '../../api/core/v1/replication-controller.ts'
import { controllerOf, type OwnerReference } from '../../apimachinery/owner-references.ts'
import { isMethodNotSupported, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Catalog } from '../../client/catalog.ts'
import type { Pass } from '../../controller-runtime/index.ts'

const SCALABLE = [ReplicationController, ReplicaSet, StatefulSet] as const

/** The top of what manages a Pod, and how many Pods that wants. */
interface Scale {
  readonly uid: string
  readonly replicas: number
}

/** How many Pods the controllers of these Pods want in all. Pods that nothing manages, or nothing scalable, count as none. */
export async function expectedScale(
  pods: readonly Pod[],
  pass: Pass,
  catalog: Catalog | undefined,
): Promise<number> {
  const owners = new Map<string, OwnerReference>()
  for (const pod of pods) {
    const owner = controllerOf(pod)
    if (owner) owners.set(owner.uid, owner)
  }
  const [namespace = ''] = pods.map(({ metadata }) => metadata.namespace)
  const scales = new Map<string, number>()
  for (const owner of owners.values()) {
    const scale = await scaleOf(owner, namespace, pass, catalog)
    if (scale) scales.set(scale.uid, scale.replicas)
  }
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0)
}

async function scaleOf(
  owner: OwnerReference,
  namespace: string,
  pass: Pass,
  catalog: Catalog | undefined,
): Promise<Scale | undefined> {
  const key = { namespace, name: owner.name }
  const known = SCALABLE.find(({ resource }) => resource.kind === owner.kind)
  if (!known) return scaleSubresource(owner, key, pass, catalog)
  const found = pass.cache.get<ReplicationController | ReplicaSet | StatefulSet>(known, key)
  if (found?.metadata.uid !== owner.uid) return undefined
  // During a rollout a Deployment has several ReplicaSets, which together want what it wants.
  const above = controllerOf(found)
  if (above?.kind === 'Deployment') {
    const deployment = pass.cache.get(Deployment, { namespace, name: above.name })
    if (deployment?.metadata.uid === above.uid) {
      return { uid: above.uid, replicas: deployment.spec.replicas }
    }
  }
  return { uid: owner.uid, replicas: found.spec.replicas }
}

async function scaleSubresource(
  owner: OwnerReference,
  key: { readonly namespace: string; readonly name: string },
  { client }: Pass,
  catalog: Catalog | undefined,
): Promise<Scale | undefined> {
  const type = catalog?.find(owner)
  if (!type) return undefined
  try {
    const scale = await client.getSubresource<unknown, { spec?: { replicas?: number } }>(
      type,
      key,
      'scale',
    )
    return { uid: owner.uid, replicas: scale.spec?.replicas ?? 0 }
  } catch (error) {
    // It is gone, or cannot be scaled.
    if (isNotFound(error) || isMethodNotSupported(error)) return undefined
    throw error
  }
}
