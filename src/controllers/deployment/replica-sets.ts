import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import type { PodTemplateSpec } from '../../api/core/v1/common.ts'
import { equal } from '../../apimachinery/equality.ts'

export const POD_TEMPLATE_HASH = 'pod-template-hash'

/** The ReplicaSets of a Deployment: the one of its present template, if it is there, and all others. */
export interface ReplicaSets {
  readonly current: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
}

/** Finds the ReplicaSet of the present template: the oldest, should there be several. */
export function sortReplicaSets(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): ReplicaSets {
  const current = replicaSets
    .toSorted(byAge)
    .find(({ spec }) => sameTemplate(spec.template, deployment.spec.template))
  return { current, old: replicaSets.filter((each) => each !== current) }
}

/** All of them, the present one last. */
export function allOf({ current, old }: ReplicaSets): readonly ReplicaSet[] {
  return current ? [...old, current] : old
}

/** Whether two templates make the same Pods: they may differ in the label that tells their ReplicaSets apart. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return equal(withoutHash(a), withoutHash(b))
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { labels, ...metadata } = template.metadata
  const rest = Object.entries(labels ?? {}).filter(([key]) => key !== POD_TEMPLATE_HASH)
  if (rest.length === 0) return { ...template, metadata }
  return { ...template, metadata: { ...metadata, labels: Object.fromEntries(rest) } }
}

/** Those that want Pods. */
export function activeOf(replicaSets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return replicaSets.filter(({ spec }) => spec.replicas > 0)
}

export function sum(
  replicaSets: readonly ReplicaSet[],
  of: (replicaSet: ReplicaSet) => number | undefined,
): number {
  return replicaSets.reduce((total, each) => total + (of(each) ?? 0), 0)
}

/** Whether a status is one of the present spec: before, it may count Pods that are gone. */
export function isObserved({
  metadata,
  status,
}: Pick<ReplicaSet | Deployment, 'metadata'> & {
  readonly status: { readonly observedGeneration?: number }
}): boolean {
  return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
}

/** How many Pods they want. */
export function wanted(replicaSets: readonly ReplicaSet[]): number {
  return sum(replicaSets, ({ spec }) => spec.replicas)
}

/** Oldest first. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [left, right] = [a.metadata, b.metadata]
  return compare(left.creationTimestamp, right.creationTimestamp) || compare(left.name, right.name)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
