import type { Node } from '../../api/core/v1/node.ts'
import { MIRROR_POD } from '../../api/core/v1/pod-annotation-validation.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Input } from '../../schema/message.ts'
import { hashOf } from './static-pod.ts'

export type MirrorPlan = 'create' | 'delete' | 'keep'

/** What becomes of the Pod in the API that shows a static Pod, or of one whose static Pod is gone. */
export function planMirror(pod: Pod | undefined, mirror: Pod | undefined): MirrorPlan {
  if (!mirror) return pod ? 'create' : 'keep'
  if (!pod || mirror.metadata.deletionTimestamp !== undefined) return 'delete'
  return hashOf(pod) === hashOf(mirror) ? 'keep' : 'delete'
}

/** The Pod in the API that shows a static Pod. It belongs to the Node, and goes with it. */
export function mirrorOf(pod: Pod, node: Pick<Node, 'metadata'>): Input<Pod> {
  const { name, namespace, labels, annotations } = pod.metadata
  const { name: nodeName, uid } = node.metadata
  return {
    metadata: {
      name,
      namespace,
      ...(labels && { labels }),
      annotations: { ...annotations, [MIRROR_POD]: hashOf(pod) ?? '' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid, controller: true }],
    },
    spec: pod.spec,
  }
}
