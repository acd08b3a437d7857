import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { maxSurge } from './limits.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history'
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas'
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas'

const HISTORY_LENGTH_MAX = 2000 // Characters.

/** Annotations of a Deployment that its ReplicaSets do not take over. */
const OWN = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
])

type Annotations = Readonly<Record<string, string>>

/** The number of a ReplicaSet's revision, of up to 64 bits; 0 where it has none. */
export function revisionOf({ metadata }: Pick<ReplicaSet, 'metadata'>): bigint {
  return parseRevision(metadata.annotations?.[REVISION] ?? '') ?? 0n
}

function parseRevision(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined
  const revision = BigInt(text.replace('+', ''))
  return revision === BigInt.asIntN(64, revision) ? revision : undefined
}

/** The number that the newest ReplicaSet should have. */
export function nextRevision(old: readonly ReplicaSet[]): bigint {
  return old.map(revisionOf).reduce((max, each) => (each > max ? each : max), 0n) + 1n
}

/** The annotations of a Deployment's newest ReplicaSet: those of the Deployment, and which revisions it has been. */
export function newReplicaSetAnnotations(
  deployment: Deployment,
  before: Annotations | undefined,
  revision: bigint,
): Annotations {
  const taken = Object.entries(deployment.metadata.annotations ?? {}).filter(
    ([key]) => !OWN.has(key),
  )
  const annotations: Record<string, string> = { ...before, ...Object.fromEntries(taken) }
  const oldText = annotations[REVISION]
  const oldRevision = parseRevision(oldText ?? '0')
  if (oldRevision !== undefined && oldRevision < revision) {
    annotations[REVISION] = String(revision)
    if (oldText !== undefined) annotations[REVISION_HISTORY] = historyWith(annotations, oldText)
  }
  return before ? annotations : { ...annotations, ...replicasAnnotations(deployment) }
}

// The oldest revisions are forgotten where the list would grow too long.
function historyWith(annotations: Annotations, revision: string): string {
  const history = annotations[REVISION_HISTORY]
  if (!history) return revision
  const revisions = [...history.split(','), revision]
  while (revisions.join(',').length > HISTORY_LENGTH_MAX) revisions.shift()
  return revisions.join(',')
}

/** What a ReplicaSet notes of the size of its Deployment, to tell later on that it was scaled. */
export function replicasAnnotations(deployment: Deployment): Annotations {
  const { replicas } = deployment.spec
  return {
    [DESIRED_REPLICAS]: String(replicas),
    [MAX_REPLICAS]: String(replicas + maxSurge(deployment)),
  }
}

/** The number that a ReplicaSet notes under `key`, where it is one. */
export function notedReplicas({ metadata }: ReplicaSet, key: string): number | undefined {
  const text = metadata.annotations?.[key]
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}
