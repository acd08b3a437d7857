import { Deployment } from '../../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { Job } from '../../api/batch/v1/job.ts'
import { isPodReady } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isControlledBy } from '../../apimachinery/owner-references.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { Reason } from './answer.ts'
import type { Asking } from './asking.ts'
import { warningsAbout } from './events.ts'
import { whyPod } from './pod.ts'

const PODS_SHOWN_MAX = 5

/** What all that makes Pods has in common, as far as it is looked at here. */
export interface Workload extends AnyObject {
  readonly metadata: AnyObject['metadata'] & { readonly generation?: number }
  readonly spec: { readonly paused?: boolean; readonly suspend?: boolean }
  readonly status: {
    readonly observedGeneration?: number
    readonly conditions?: readonly Condition[]
  }
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** The status of a condition that tells of trouble. */
const TROUBLE: Readonly<Record<string, string>> = {
  Available: 'False',
  Progressing: 'False',
  ReplicaFailure: 'True',
  Failed: 'True',
}

/** Why a Deployment, ReplicaSet, StatefulSet, DaemonSet or Job is not where it should be. */
export async function whyWorkload(
  workload: Workload,
  type: ResourceClass,
  asking: Asking,
): Promise<Reason> {
  const name = `${type.resource.singular}/${workload.metadata.name}`
  const because = [
    ...heldBack(workload, type),
    ...conditionTrouble(workload),
    ...(await warningsAbout(asking.client, workload)),
    ...(await childTrouble(workload, type, asking)),
  ]
  return because.length === 0
    ? { text: `${name} has nothing that keeps it back.` }
    : { text: `${name} is kept back`, because: distinct(because) }
}

/** A ReplicaSet's conditions and events tell the same as its Deployment's. */
function distinct(reasons: readonly Reason[]): readonly Reason[] {
  return [...new Map(reasons.map((each) => [each.text, each])).values()]
}

function heldBack(
  { metadata, spec, status }: Workload,
  { resource }: ResourceClass,
): readonly Reason[] {
  const { observedGeneration = 0 } = status
  const { namespace, name } = metadata
  const tellsGeneration = resource.kind !== Job.resource.kind
  const resume = `kubectl -n ${namespace} rollout resume ${resource.singular} ${name}`
  return [
    ...(spec.paused ? [{ text: 'it is paused', help: resume }] : []),
    ...(spec.suspend ? [{ text: 'it is suspended', help: 'set spec.suspend to false' }] : []),
    ...(tellsGeneration && observedGeneration < (metadata.generation ?? 0)
      ? [{ text: 'its controller has not seen its newest spec', help: 'see that it runs' }]
      : []),
  ]
}

function conditionTrouble({ status }: Pick<Workload, 'status'>): readonly Reason[] {
  return (status.conditions ?? [])
    .filter((each) => TROUBLE[each.type] === each.status)
    .map(({ type, reason, message }) => ({
      text: `${type}: ${[reason, message].filter(Boolean).join(': ')}`,
    }))
}

async function childTrouble(
  workload: Workload,
  type: ResourceClass,
  asking: Asking,
): Promise<readonly Reason[]> {
  const namespace = workload.metadata.namespace ?? ''
  const pods = await asking.client.list(Pod, { namespace })
  if (type.resource.kind !== Deployment.resource.kind)
    return podTrouble(workload, pods.items, asking)
  const { items } = await asking.client.list(ReplicaSet, { namespace })
  const owned = items.filter((each) => isControlledBy(each, workload) && each.spec.replicas > 0)
  const reasons = owned.map(async (set) => [
    ...conditionTrouble(set),
    ...(await warningsAbout(asking.client, set)),
    ...(await podTrouble(set, pods.items, asking)),
  ])
  return (await Promise.all(reasons)).flat()
}

async function podTrouble(
  owner: AnyObject,
  pods: readonly Pod[],
  asking: Asking,
): Promise<readonly Reason[]> {
  const unready = pods.filter(
    (pod) => isControlledBy(pod, owner) && !isPodReady(pod) && pod.status.phase !== 'Succeeded',
  )
  const shown = await Promise.all(
    unready.slice(0, PODS_SHOWN_MAX).map((pod) => whyPod(pod, asking)),
  )
  const more = unready.length - shown.length
  return more > 0 ? [...shown, { text: `and ${more} more Pods that are not ready` }] : shown
}
