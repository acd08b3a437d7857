import type { Container } from '../../api/core/v1/container.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { NumaMask } from './numa-mask.ts'

/** Nodes that what is asked for can come from. */
export interface TopologyHint {
  /** Undefined: from anywhere. */
  readonly affinity: NumaMask | undefined
  /** Whether it comes from as few nodes as can be. */
  readonly isPreferred: boolean
}

/** By resource. Undefined says that it does not matter where from, an empty list that it cannot be had. */
export type Hints = ReadonlyMap<string, readonly TopologyHint[] | undefined>

export const NO_HINTS: Hints = new Map()

/** Who gives containers something that lies near to some NUMA nodes. */
export interface HintProvider {
  /** Whether a Pod asks for any of it. */
  concerns(pod: Pod): boolean
  /** Where what one container asks for can come from, after those before it have theirs. */
  hints(pod: Pod, container: Container): Hints
  /** Where what the Pod asks for as a whole can come from. */
  podHints(pod: Pod): Hints
  /** Gives a container what it asks for, near to `hint`; nothing where it has that. Rejects with an `AllocationError`. */
  allocate(pod: Pod, container: Container, hint: TopologyHint, signal: AbortSignal): Promise<void>
  /** All containers of a Pod have theirs: keeps that over a restart. */
  keep(): Promise<void>
  /** The Pods that have any, by uid. */
  holders(): readonly string[]
  /** Nothing of the Pod runs any more. */
  release(uid: string): Promise<void>
}
