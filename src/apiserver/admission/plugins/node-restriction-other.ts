import type { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import { equal } from '../../../apimachinery/equality.ts'
import type { NodeWrite, Refusal } from './node-restriction.ts'

/** Nodes write objects that are named for them. */
export function refuseOtherName({ node, attributes }: NodeWrite, what: string): Refusal {
  if (attributes.name === node) return undefined
  return `can only access ${what} with the same name as the requesting node`
}

/** A node may tell how big a volume is and how far its growth has come, and nothing else. */
export function refuseClaimStatus({ node, attributes }: NodeWrite): Refusal {
  if (attributes.operation !== 'UPDATE') return `unexpected operation "${attributes.operation}"`
  const before = fixedPart(attributes.oldObject as unknown as PersistentVolumeClaim)
  const after = fixedPart(attributes.object as unknown as PersistentVolumeClaim)
  if (equal(before, after)) return undefined
  return `node ${JSON.stringify(node)} is not allowed to update fields other than status.capacity and status.conditions`
}

function fixedPart(claim: PersistentVolumeClaim): object {
  const { resourceVersion: _v, managedFields: _m, ...metadata } = claim.metadata
  const {
    capacity: _c,
    conditions: _o,
    allocatedResourceStatuses: _s,
    allocatedResources: _a,
    ...status
  } = claim.status ?? {}
  return { ...claim, metadata, status }
}
