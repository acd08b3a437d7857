import { MIRROR_POD } from '../../api/core/v1/pod-annotation-validation.ts'
import { podStrategy } from '../../api/core/v1/pod-strategy.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { validateObjectMeta } from '../../api/meta/v1/object-meta-validation.ts'
import type { Strategy } from '../../api/strategy.ts'
import { problemsAt } from '../../api/validation/rules.ts'
import { pathSegmentProblems } from '../../apimachinery/names.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { timestamp, type Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import { decode } from '../../schema/decode.ts'
import { withDefaults } from '../../schema/defaults.ts'
import { type FieldError, formatFieldError } from '../../schema/field-error.ts'

/** What says of a Pod that it comes from the node's own files, and of which content. */
export const STATIC_ANNOTATIONS = {
  hash: 'kubernetes.io/config.hash',
  source: 'kubernetes.io/config.source',
  seen: 'kubernetes.io/config.seen',
} as const

/** Whether a Pod comes from the node's own files. */
export function isStaticPod({ metadata }: Pick<Pod, 'metadata'>): boolean {
  const source = metadata.annotations?.[STATIC_ANNOTATIONS.source]
  return source !== undefined && source !== 'api'
}

/** Whether a Pod of the API only shows one that the node runs from its own files. */
export function isMirrorPod({ metadata }: Pick<Pod, 'metadata'>): boolean {
  return metadata.annotations?.[MIRROR_POD] !== undefined
}

/** Which content a static Pod or the mirror of one has. */
export function hashOf({ metadata }: Pick<Pod, 'metadata'>): string | undefined {
  return metadata.annotations?.[STATIC_ANNOTATIONS.hash]
}

/** How a Pod is called, whichever of its kind it is. */
export function fullName({ metadata }: Pick<Pod, 'metadata'>): string {
  return `${metadata.name}_${metadata.namespace}`
}

export interface StaticPodContext {
  readonly nodeName: string
  readonly clock: Clock
  readonly crypto: Pick<Crypto, 'hashHex'>
}

/**
 * Reads a Pod from a file of the node. Its uid comes from the file and what is in it, so another content is another
 * Pod. Throws an Error that names all that is wrong.
 */
export function parseStaticPod(
  file: string,
  text: string,
  { nodeName, clock, crypto }: StaticPodContext,
): Pod {
  const value = parseYamlDocuments(text)[0]?.value as Partial<Pod> | undefined
  if (value?.kind !== 'Pod' || value.apiVersion !== 'v1')
    throw new Error('expected a Pod of version v1')
  const decoded = decode(Pod, value, { unknownFields: [] }) as unknown as Pod
  const given = withDefaults(Pod, decoded)
  const hash = crypto.hashHex('sha256', new TextEncoder().encode(`${nodeName}\n${file}\n${text}`))
  const { metadata, spec } = given
  const uid = metadata.uid || uuidFrom(hash)
  const pod: Pod = {
    ...given,
    metadata: {
      ...metadata,
      name: `${metadata.name ?? ''}-${nodeName}`,
      namespace: metadata.namespace || 'default',
      uid,
      generation: 1,
      annotations: {
        ...metadata.annotations,
        [STATIC_ANNOTATIONS.hash]: hash.slice(0, 32),
        [STATIC_ANNOTATIONS.source]: 'file',
        [STATIC_ANNOTATIONS.seen]: timestamp(clock),
      },
    },
    spec: {
      ...spec,
      nodeName,
      // No taint drives it away.
      tolerations: [...(spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
    },
    status: { phase: 'Pending' },
  }
  const strategy: Strategy<Pod> = podStrategy
  const full = strategy.applyDefaults?.(pod) ?? pod
  const errors = [...metadataErrors(full, strategy), ...strategy.validateCreate(full)]
  const problems = [...errors.map(formatFieldError), ...apiReferences(full)]
  if (problems.length > 0) throw new Error(`invalid pod: [${problems.join(', ')}]`)
  return full
}

/** Names, namespaces and UIDs become parts of paths. */
function metadataErrors({ metadata }: Pod, { validateName }: Strategy<Pod>): FieldError[] {
  return [
    ...validateObjectMeta(metadata, { namespaced: true, validateName }),
    ...problemsAt('metadata.uid', metadata.uid, pathSegmentProblems(metadata.uid)),
  ]
}

/** A static Pod does not depend on what only the API server has. */
function apiReferences({ spec }: Pod): readonly string[] {
  const names = ['configMap', 'secret', 'persistentVolumeClaim', 'projected'] as const
  const volumes = (spec.volumes ?? []).filter((volume) => names.some((name) => volume[name]))
  const account = spec.serviceAccountName ? ['static pods may not reference a serviceaccount'] : []
  return [
    ...account,
    ...volumes.map(({ name }) => `static pods may not reference API objects: volume ${name}`),
  ]
}

function uuidFrom(hash: string): string {
  return [8, 12, 16, 20, 32]
    .map((end, i, ends) => hash.slice(i === 0 ? 0 : ends[i - 1], end))
    .join('-')
}
