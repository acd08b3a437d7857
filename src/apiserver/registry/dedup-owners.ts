import { equal } from '../../apimachinery/equality.ts'
import { withMetadata, type ApiObject } from './api-object.ts'

/** Takes out repeated owner references, with a warning. References count as the same when all their fields are. */
export function dedupOwnerReferences(
  object: ApiObject,
  afterAdmission: boolean,
  warn: (message: string) => void,
): ApiObject {
  const owners = object.metadata.ownerReferences
  if (!owners || owners.length < 2) return object
  const kept: (typeof owners)[number][] = []
  const duplicates: string[] = []
  for (const owner of owners) {
    if (kept.some((each) => equal(each, owner))) duplicates.push(owner.uid)
    else kept.push(owner)
  }
  if (duplicates.length === 0) return object
  const when = afterAdmission ? ' after mutating admission happens' : ''
  warn(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${duplicates.join(', ')}`,
  )
  return withMetadata(object, { ownerReferences: kept })
}
