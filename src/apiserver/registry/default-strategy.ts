import type { Strategy, UpdateStrategy } from '../../api/strategy.ts'
import { equal } from '../../apimachinery/equality.ts'
import { withMetadata, type ApiObject } from './api-object.ts'

/**
 * The rules of a kind that has none of its own: with a status subresource, the status changes only there, and the
 * generation counts the changes of everything else (as for custom resources).
 */
export function defaultStrategy({
  hasStatus,
}: {
  readonly hasStatus: boolean
}): Strategy<ApiObject> {
  return {
    prepareForCreate: (object) => firstGeneration(hasStatus ? withoutStatus(object) : object),
    prepareForUpdate(object, old) {
      const own = hasStatus ? withStatusOf(object, old) : object
      return isSameDesire(own, old) ? own : nextGeneration(own, old)
    },
    validateCreate: () => [],
    validateUpdate: () => [],
    ...(hasStatus && { status }),
  }
}

const status: UpdateStrategy<ApiObject> = {
  prepareForUpdate(object, old) {
    const { managedFields } = object.metadata
    return withStatusOf(
      withMetadata(old, { managedFields, resourceVersion: object.metadata.resourceVersion }),
      object,
    )
  },
  validateUpdate: () => [],
}

function withoutStatus(object: ApiObject): ApiObject {
  if (!('status' in object)) return object
  const { status: _, ...rest } = object
  return rest
}

function withStatusOf(object: ApiObject, { status }: ApiObject): ApiObject {
  return status === undefined ? withoutStatus(object) : { ...object, status }
}

function firstGeneration(object: ApiObject): ApiObject {
  return withMetadata(object, { generation: 1 })
}

function nextGeneration(object: ApiObject, old: ApiObject): ApiObject {
  return withMetadata(object, { generation: (old.metadata.generation ?? 0) + 1 })
}

// Metadata says nothing of what is desired, and the status what is.
function isSameDesire(object: ApiObject, old: ApiObject): boolean {
  return equal(
    { ...object, metadata: undefined, status: undefined },
    { ...old, metadata: undefined, status: undefined },
  )
}
