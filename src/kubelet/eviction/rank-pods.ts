import { podRequests } from '../../api/core/v1/pod-resources.ts'
import { isCriticalPod } from '../pod-workers/critical-pod.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { quantityValue } from '../../schema/quantity.ts'
import type { SignalKind } from './signals.ts'

/** How much a Pod uses of what can run out. */
export interface PodUse {
  readonly pod: Pod
  readonly memoryBytes: number
  readonly diskBytes: number
  readonly inodes: number
  readonly processes: number
}

/**
 * The Pods that may go to make room, the first to go first: those that use more than they asked for, then by priority,
 * then by how much more they use. See
 * https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#pod-selection-for-kubelet-eviction
 */
export function rankPods(
  uses: readonly PodUse[],
  resource: SignalKind['resource'],
): readonly PodUse[] {
  const ranked = uses
    .filter(({ pod }) => !isCriticalPod(pod))
    .map((use) => ({ use, excess: excessOf(use, resource), priority: use.pod.spec.priority ?? 0 }))
  return ranked
    .toSorted(
      (a, b) =>
        Number(b.excess > 0 && resource !== 'pids') - Number(a.excess > 0 && resource !== 'pids') ||
        a.priority - b.priority ||
        b.excess - a.excess,
    )
    .map(({ use }) => use)
}

/** How much more a Pod uses than it asked for. Nobody asks for inodes and processes. */
function excessOf(
  { pod, memoryBytes, diskBytes, inodes, processes }: PodUse,
  resource: SignalKind['resource'],
): number {
  switch (resource) {
    case 'memory':
      return memoryBytes - quantityValue(podRequests(pod.spec)['memory'])
    case 'ephemeral-storage':
      return diskBytes - quantityValue(podRequests(pod.spec)['ephemeral-storage'])
    case 'inodes':
      return inodes
    case 'pids':
      return processes
    default:
      return resource satisfies never
  }
}
