import { ReplicaSet } from '../api/apps/v1/replica-set.ts'
import { StatefulSet } from '../api/apps/v1/stateful-set.ts'
import type { Pod } from '../api/core/v1/pod.ts'
import { ReplicationController } from '../api/core/v1/replication-controller.ts'
import { Service } from '../api/core/v1/service.ts'
import type { LabelSelector, Labels } from '../apimachinery/labels.ts'
import { controllerOf } from '../apimachinery/owner-references.ts'
import type { SharedInformers } from '../client/shared-informers.ts'

/** Which Pods a Pod belongs with: those of its Services and of its controller, where it has such. */
export type OwnerSelector = (pod: Pod) => LabelSelector | undefined

/** Looks it up in caches. */
export function ownerSelector(informers: SharedInformers): OwnerSelector {
  const services = informers.informer(Service)
  const controllers = informers.informer(ReplicationController)
  const replicaSets = informers.informer(ReplicaSet)
  const statefulSets = informers.informer(StatefulSet)

  const ofOwner = (pod: Pod): LabelSelector | undefined => {
    const { kind, name } = controllerOf(pod) ?? {}
    if (name === undefined) return undefined
    const key = { namespace: pod.metadata.namespace, name }
    if (kind === 'ReplicaSet') return replicaSets.cache.get(key)?.spec.selector
    if (kind === 'StatefulSet') return statefulSets.cache.get(key)?.spec.selector
    const matchLabels =
      kind === 'ReplicationController' ? controllers.cache.get(key)?.spec.selector : undefined
    return matchLabels && { matchLabels }
  }
  return (pod) => {
    const { namespace, labels = {} } = pod.metadata
    let matchLabels: Labels = {}
    for (const { spec } of services.cache.list(namespace)) {
      if (spec.selector && isWithin(spec.selector, labels))
        matchLabels = { ...matchLabels, ...spec.selector }
    }
    const owner = ofOwner(pod)
    const all = { ...matchLabels, ...owner?.matchLabels }
    const matchExpressions = owner?.matchExpressions ?? []
    if (Object.keys(all).length + matchExpressions.length === 0) return undefined
    return { matchLabels: all, matchExpressions }
  }
}

function isWithin(selector: Labels, labels: Labels): boolean {
  const keys = Object.keys(selector)
  return keys.length > 0 && keys.every((key) => labels[key] === selector[key])
}
