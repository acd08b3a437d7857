import type { Pod } from '../../api/core/v1/pod.ts'

/** Which of the Pods that have ended are too many: evicted ones first, then the oldest. */
export function planTerminated(terminated: readonly Pod[], threshold: number): readonly Pod[] {
  const surplus = terminated.length - threshold
  if (surplus <= 0) return []
  return terminated
    .toSorted(
      (a, b) =>
        Number(isEvicted(b)) - Number(isEvicted(a)) ||
        compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
        compare(a.metadata.name, b.metadata.name),
    )
    .slice(0, surplus)
}

function isEvicted({ status }: Pod): boolean {
  return status.phase === 'Failed' && status.reason === 'Evicted'
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
