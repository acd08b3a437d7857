import type { Node } from '../../api/core/v1/node.ts'
import { claimsOfPod } from '../../api/core/v1/pod-volumes.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import type { ObjectKey, PassCache } from '../../controller-runtime/index.ts'
import { readyCondition } from '../common/node-health.ts'
import { podsByClaim } from '../common/pod-indexes.ts'
import { volumeName } from './node-plan.ts'
import { wantsVolumes } from './wanted-volumes.ts'

/** What matters of a node. */
export function nodeFacts(node: Node): unknown {
  const { metadata, spec, status } = node
  return [
    metadata.annotations,
    spec.taints,
    readyCondition(node)?.status,
    status.volumesInUse,
    status.volumesAttached,
  ]
}

/** What matters of a Pod. */
export function podFacts(pod: Pod): unknown {
  return [pod.spec.nodeName, wantsVolumes(pod)]
}

/** The node whose volumes depend on a Pod: none for Pods that use no claims. */
export function nodesOfPod(pod: Pod): readonly ObjectKey[] {
  const { nodeName } = pod.spec
  return nodeName && claimsOfPod(pod).length > 0 ? [{ name: nodeName }] : []
}

/** The nodes whose Pods use a claim. */
export function nodesOfClaim(
  { namespace = '', name }: ObjectKey,
  cache: PassCache,
): readonly ObjectKey[] {
  return cache.find(podsByClaim, `${namespace}/${name}`).flatMap(nodesOfPod)
}

/** The node of an attachment, and those that may wait for its volume. */
export function nodesOfAttachment(
  attachment: VolumeAttachment,
  cache: PassCache,
): readonly ObjectKey[] {
  const volume = cache.get(PersistentVolume, { name: volumeName(attachment) })
  return [{ name: attachment.spec.nodeName }, ...nodesOfVolume(volume, cache)]
}

export function nodesOfVolume(
  volume: PersistentVolume | undefined,
  cache: PassCache,
): readonly ObjectKey[] {
  const { namespace = '', name } = volume?.spec.claimRef ?? {}
  return name ? nodesOfClaim({ namespace, name }, cache) : []
}
