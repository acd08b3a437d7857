import type { Pod } from '../../../api/core/v1/pod.ts'
import type { AllocationResult, ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'
import type { OpenRequest } from './device-requests.ts'
import type { ExtendedClaim, ExtendedResources } from './extended-claim.ts'

/** What the plugin knows of the claims of a Pod during its cycle. */
export interface PodState {
  readonly claims: readonly ResourceClaim[]
  /** Those that have no devices yet, and what they ask for. */
  readonly open: readonly ResourceClaim[]
  readonly requests: readonly OpenRequest[]
  /** What the Pod asks for as extended resources for which classes of devices stand. */
  readonly extended: ExtendedResources | undefined
  /** The claim that an earlier try left behind for them. It may be for another node. */
  readonly stale: ResourceClaim | undefined
  readonly byNode: Map<string, Found>
  /** Claims with devices that some node cannot use. */
  readonly unavailable: Set<ResourceClaim>
}

/** What was found for a node. */
export interface Found {
  /** In the order of the open claims. */
  readonly results: readonly AllocationResult[]
  readonly extended?: Allocated
}

/** A claim for extended resources with its devices. */
export interface Allocated extends ExtendedClaim {
  readonly allocation: AllocationResult
  /** The claim once it is written. */
  created?: ResourceClaim
}

/** Whether nobody but the Pod uses a claim. */
export function isIdleFor(
  { status: { reservedFor = [] } }: ResourceClaim,
  { metadata }: Pod,
): boolean {
  return reservedFor.every(({ uid }) => uid === metadata.uid)
}
