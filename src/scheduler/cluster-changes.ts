import type { Node } from '../api/core/v1/node.ts'
import type { Pod } from '../api/core/v1/pod.ts'
import { equal } from '../apimachinery/equality.ts'
import { podInfo } from './cache/pod-info.ts'
import {
  NODE_ALLOCATABLE,
  NODE_CONDITION,
  NODE_LABEL,
  NODE_TAINT,
  POD_CLAIMS,
  POD_GATES_GONE,
  POD_LABEL,
  POD_SCALE_DOWN,
  POD_TOLERATION,
} from './framework/cluster-event.ts'

/** What of a node changed that can matter to a waiting Pod; 0 for nothing. */
export function nodeActions(before: Node, after: Node): number {
  let actions = 0
  if (!equal(before.status.allocatable, after.status.allocatable)) actions |= NODE_ALLOCATABLE
  if (!equal(before.metadata.labels, after.metadata.labels)) actions |= NODE_LABEL
  if (!equal(before.spec.taints, after.spec.taints)) actions |= NODE_TAINT
  if ((before.spec.unschedulable ?? false) !== (after.spec.unschedulable ?? false))
    actions |= NODE_TAINT
  if (!equal(conditionsOf(before), conditionsOf(after))) actions |= NODE_CONDITION
  return actions
}

function conditionsOf({ status }: Node): unknown {
  return status.conditions?.map(({ type, status: holds }) => [type, holds])
}

/** What of a Pod changed that can matter to waiting Pods, itself included; 0 for nothing. */
export function podActions(before: Pod, after: Pod): number {
  let actions = 0
  if (!equal(before.metadata.labels, after.metadata.labels)) actions |= POD_LABEL
  if (!equal(before.status.resourceClaimStatuses, after.status.resourceClaimStatuses))
    actions |= POD_CLAIMS
  if (before.spec === after.spec) return actions
  if (!equal(before.spec.tolerations, after.spec.tolerations)) actions |= POD_TOLERATION
  if (before.spec.schedulingGates?.length && !after.spec.schedulingGates?.length)
    actions |= POD_GATES_GONE
  if (asksLess(before, after)) actions |= POD_SCALE_DOWN
  return actions
}

function asksLess(before: Pod, after: Pod): boolean {
  if (before.metadata.generation === after.metadata.generation && !hasHoldings(before)) return false
  const [was, is] = [podInfo(before).requests, podInfo(after).requests]
  return ['cpu', 'memory', 'ephemeral-storage', ...(was.scalars?.keys() ?? [])].some(
    (name) => is.get(name) < was.get(name),
  )
}

function hasHoldings({ status }: Pod): boolean {
  return status.containerStatuses?.some(({ allocatedResources }) => allocatedResources) ?? false
}
