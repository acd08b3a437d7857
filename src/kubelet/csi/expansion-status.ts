import type { PersistentVolumeClaimStatus } from '../../api/core/v1/persistent-volume-claim.ts'
import { setCondition } from '../../api/meta/v1/conditions.ts'
import { GrpcError } from '../../grpc/errors.ts'
import { quantityValue } from '../../schema/quantity.ts'

const RESIZING = new Set<string>([
  'Resizing',
  'FileSystemResizePending',
  'ControllerResizeError',
  'NodeResizeError',
])

/** What the node does where a volume is larger than it is on this node. */
export type ExpansionPlan =
  /** The controller has not come so far, or has to begin anew. */
  | 'wait'
  /** Another node has told the claim already; the file system on this one is to grow all the same. */
  | 'expand'
  | 'expand and tell'
  /** The same, with a controller that knows steps from which it can recover (KEP-1790). */
  | 'expand and tell steps'

/** What is to be done to grow to a size, by what the claim's status says. */
export function planExpansion(
  { capacity, allocatedResources, allocatedResourceStatuses }: PersistentVolumeClaimStatus,
  wantedBytes: number,
): ExpansionPlan {
  const step = allocatedResourceStatuses?.['storage']
  if (step === undefined && quantityValue(capacity?.['storage']) >= wantedBytes) return 'expand'
  if (step === undefined && allocatedResources === undefined) return 'expand and tell'
  if (step === 'NodeResizePending' || step === 'NodeResizeInProgress')
    return 'expand and tell steps'
  return 'wait'
}

/** As a merge patch of the claim's status: the node has begun. */
export const EXPANSION_BEGUN = { allocatedResourceStatuses: { storage: 'NodeResizeInProgress' } }

/** As a merge patch of the claim's status: the file system has this size. */
export function expansionFinished(
  { conditions = [], allocatedResourceStatuses }: PersistentVolumeClaimStatus,
  storage: string,
): object {
  return {
    capacity: { storage },
    conditions: conditions.filter(({ type }) => !RESIZING.has(type)),
    ...(allocatedResourceStatuses && { allocatedResourceStatuses: { storage: null } }),
  }
}

/** As a merge patch of the claim's status: it failed, and where it is over with that the controller has to begin anew. */
export function expansionFailed(
  { conditions }: PersistentVolumeClaimStatus,
  { error, isOver, now }: { readonly error: Error; readonly isOver: boolean; readonly now: string },
): object {
  const condition = {
    type: 'NodeResizeError',
    status: 'True',
    lastTransitionTime: now,
    message: `failed to expand pvc with ${error.message}`,
  } as const
  return {
    conditions: setCondition(conditions, condition),
    ...(isOver && { allocatedResourceStatuses: { storage: 'NodeResizeInfeasible' } }),
  }
}

// The driver may be at it still.
const UNCERTAIN = new Set<string>([
  'Canceled',
  'DeadlineExceeded',
  'Unavailable',
  'ResourceExhausted',
  'Aborted',
])
const INFEASIBLE = new Set<string>(['InvalidArgument', 'OutOfRange', 'NotFound'])

/** Whether the driver has ended what it was asked for, in vain. */
export function isFinal(error: unknown): boolean {
  return error instanceof GrpcError && !UNCERTAIN.has(error.code)
}

/** Whether it is in vain to ask the driver again. */
export function isInfeasible(error: unknown): boolean {
  return error instanceof GrpcError && INFEASIBLE.has(error.code)
}

/** Whether the driver cannot do it while the volume is used. */
export function isInUse(error: unknown): boolean {
  return error instanceof GrpcError && error.code === 'FailedPrecondition'
}

/** The failure of the driver in upstream's words. */
export function expansionError(cause: unknown): Error {
  const what = 'Expander.NodeExpand failed to expand the volume'
  const said = (cause as Error).message
  return new Error(isInfeasible(cause) ? `${what} ${said}` : `${what}: ${said}`, { cause })
}
