import { timestamp, type Clock } from '../../base/clock.ts'
import { ItemError } from '../../apimachinery/managed-fields/list-items.ts'
import { managedType, type ManagedType } from '../../apimachinery/managed-fields/managed-type.ts'
import { messageType } from '../../apimachinery/managed-fields/message-type.ts'
import { updateManagedFields, type ChangeBy } from '../../apimachinery/managed-fields/update.ts'
import { apiVersionOf } from '../../schema/resource.ts'
import { withMetadata, type ApiObject } from '../registry/api-object.ts'
import type { Registry } from '../registry/registry.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { Call } from './call.ts'

const MANAGER_LENGTH_MAX = 128

/** Which fields a request to a part of the object leaves as they are: upstream's GetResetFields. */
const RESET_FIELDS: Readonly<Record<string, readonly string[]>> = {
  '': ['status'],
  status: ['spec'],
  'status deployments': ['spec', 'metadata.labels'],
  'status pods': ['spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'],
}

/** Finds how ownership of fields is tracked for requests to a resource or subresource. */
export type ManagedTypes = (kind: ServedKind, subresource: string) => ManagedType

/** Each type is made once. */
export function managedTypes(registry: Registry): ManagedTypes {
  const types = new WeakMap<ServedKind, Map<string, ManagedType>>()
  return (kind, subresource) =>
    types
      .getOrInsertComputed(kind, () => new Map<string, ManagedType>())
      .getOrInsertComputed(
        subresource,
        () => kind.managedType?.(subresource) ?? makeType(kind, subresource, registry),
      )
}

function makeType(kind: ServedKind, subresource: string, registry: Registry): ManagedType {
  const { plural, subresources } = kind.type.resource
  const hasStatus = subresources.some(({ name }) => name === 'status')
  const special = RESET_FIELDS[`${subresource} ${plural}`] ?? RESET_FIELDS[subresource]
  const resetFields = hasStatus && special ? special : []
  return managedType(kind.type, {
    subresource,
    resetFields,
    convert: (object, apiVersion) => {
      const other = versionOf(kind, apiVersion, registry)
      if (!other) return undefined
      const stored = kind.conversion?.toStored(object as unknown as ApiObject) ?? object
      const converted = other.conversion?.fromStored(stored as unknown as ApiObject) ?? stored
      return { object: converted, schema: messageType(other.type) }
    },
  })
}

function versionOf(
  { resource }: ServedKind,
  apiVersion: string,
  registry: Registry,
): ServedKind | undefined {
  return registry
    .all()
    .find((each) => each.resource === resource && apiVersionOf(each.type.resource) === apiVersion)
}

/**
 * The object with its `managedFields` brought up to date: whoever calls owns what is changed. Nobody owns the fields of an
 * object whose lists make no sense; what is wrong with them is for validation to say.
 */
export function trackFields(
  type: ManagedType,
  before: ApiObject | undefined,
  after: ApiObject,
  by: ChangeBy,
): ApiObject {
  try {
    return updateManagedFields(type, before, after, by) as unknown as ApiObject
  } catch (error) {
    if (!(error instanceof ItemError)) throw error
    return withMetadata(after, { managedFields: undefined })
  }
}

/** Who makes a change, and when. */
export function changeBy({ request, caller }: Call, clock: Clock): ChangeBy {
  const manager = request.options?.fieldManager || managerOf(caller.userAgent)
  return { manager, time: timestamp(clock) }
}

// `kubectl/v1.36.0 (linux/amd64) …` is kubectl.
function managerOf(userAgent: string): string {
  const [program = ''] = userAgent.split('/')
  return program.replaceAll(/\p{C}/gu, '').slice(0, MANAGER_LENGTH_MAX)
}
