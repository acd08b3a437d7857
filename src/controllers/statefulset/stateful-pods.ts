import type { StatefulSet } from '../../api/apps/v1/stateful-set.ts'
import type { PodTemplateSpec } from '../../api/core/v1/common.ts'
import type { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { controllerReferenceTo } from '../../apimachinery/owner-references.ts'
import type { Input } from '../../schema/message.ts'
import { REVISION_HASH } from '../common/controller-revisions.ts'
import { podFrom } from '../common/pod-from-template.ts'

const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name'
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index'

type Owner = Pick<StatefulSet, 'metadata'>

export function podName({ metadata }: Owner, ordinal: number): string {
  return `${metadata.name}-${ordinal}`
}

/** The number of a Pod of the set; undefined where its name is none that the set gives. */
export function ordinalOf(
  { metadata: { name } }: Owner,
  pod: Pick<Pod, 'metadata'>,
): number | undefined {
  const prefix = `${name}-`
  if (!pod.metadata.name.startsWith(prefix)) return undefined
  const text = pod.metadata.name.slice(prefix.length)
  return /^(?:0|[1-9]\d*)$/.test(text) ? Number(text) : undefined
}

export function firstOrdinal({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0
}

/** Whether a Pod is one that the set is to have, and not to be scaled down. */
export function isInRange(set: StatefulSet, pod: Pick<Pod, 'metadata'>): boolean {
  const ordinal = ordinalOf(set, pod) ?? -1
  const first = firstOrdinal(set)
  return ordinal >= first && ordinal < first + set.spec.replicas
}

/** The Pod of an ordinal, made of a revision's template. */
export function statefulPod(
  set: StatefulSet,
  ordinal: number,
  template: PodTemplateSpec,
  revision: string,
): Input<Pod> {
  const name = podName(set, ordinal)
  const { metadata = {} } = podFrom(set, template)
  const { generateName: _, ...kept } = metadata
  const claims = (set.spec.volumeClaimTemplates ?? []).map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: claimName(set, claim, ordinal), readOnly: false },
  }))
  const own = (template.spec.volumes ?? []).filter(
    (volume) => !claims.some((claim) => claim.name === volume.name),
  )
  const volumes = [...claims, ...own]
  return {
    metadata: {
      ...kept,
      name,
      labels: {
        ...metadata.labels,
        [POD_NAME_LABEL]: name,
        [POD_INDEX_LABEL]: String(ordinal),
        [REVISION_HASH]: revision,
      },
    },
    spec: {
      ...template.spec,
      hostname: name,
      ...(set.spec.serviceName && { subdomain: set.spec.serviceName }),
      ...(volumes.length > 0 && { volumes }),
    },
  }
}

/** The name of the revision that a Pod was made of. */
export function revisionNameOf({ metadata }: Pod): string {
  return metadata.labels?.[REVISION_HASH] ?? ''
}

function claimName(
  set: Owner,
  { metadata }: Pick<PersistentVolumeClaim, 'metadata'>,
  ordinal: number,
): string {
  return `${metadata.name}-${podName(set, ordinal)}`
}

/** The claims that the Pod of an ordinal needs. */
export function statefulClaims(
  set: StatefulSet,
  ordinal: number,
): readonly (Input<PersistentVolumeClaim> & { metadata: { name: string; namespace: string } })[] {
  const { whenDeleted } = set.spec.persistentVolumeClaimRetentionPolicy ?? {}
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const { labels, annotations } = template.metadata
    return {
      metadata: {
        namespace: set.metadata.namespace,
        name: claimName(set, template, ordinal),
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations && { annotations }),
        ...(whenDeleted === 'Delete' && { ownerReferences: [controllerReferenceTo(set)] }),
      },
      spec: template.spec,
    }
  })
}
