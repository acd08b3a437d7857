import type { Pod } from '../../api/core/v1/pod.ts'

/** The cgroups of Pods, in which the runtime makes those of their containers. */
export interface PodCgroups {
  /** Makes the cgroup of a Pod with its limits, or sets them anew. */
  apply(pod: Pod): Promise<void>
  /** Removes it, where nothing runs in it any more. */
  remove(podUid: string): Promise<void>
}
