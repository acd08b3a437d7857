import type { Pod } from '../api/core/v1/pod.ts'

/** The name of the PodGroup that a Pod belongs to (KEP-4671); undefined where it has none. */
export function groupOf({ spec }: Pod): string | undefined {
  return spec.schedulingGroup?.podGroupName
}

export function areOfOneGang(a: Pod, b: Pod): boolean {
  const group = groupOf(a)
  return (
    group !== undefined && group === groupOf(b) && a.metadata.namespace === b.metadata.namespace
  )
}
