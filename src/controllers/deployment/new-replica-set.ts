import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { controllerReferenceTo } from '../../apimachinery/owner-references.ts'
import type { Input } from '../../schema/message.ts'
import { podTemplateHash } from '../common/pod-hash.ts'
import { POD_TEMPLATE_HASH, type ReplicaSets } from './replica-sets.ts'
import { newReplicaSetAnnotations, nextRevision } from './revisions.ts'
import { roomForNew } from './rollout-plan.ts'

/** The ReplicaSet for the Deployment's present template, with as many Pods as there is room for. */
export function newReplicaSet(deployment: Deployment, sets: ReplicaSets): Input<ReplicaSet> {
  const { metadata, spec, status } = deployment
  const hash = podTemplateHash(spec.template, status.collisionCount)
  const labels = { ...spec.template.metadata.labels, [POD_TEMPLATE_HASH]: hash }
  const annotations = newReplicaSetAnnotations(deployment, undefined, nextRevision(sets.old))
  return {
    metadata: {
      namespace: metadata.namespace,
      name: `${metadata.name}-${hash}`,
      labels,
      annotations,
      ownerReferences: [controllerReferenceTo(deployment)],
    },
    spec: {
      replicas: roomForNew(deployment, sets),
      ...(spec.minReadySeconds !== undefined && { minReadySeconds: spec.minReadySeconds }),
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector.matchLabels, [POD_TEMPLATE_HASH]: hash },
      },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  }
}
