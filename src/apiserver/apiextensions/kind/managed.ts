import { managedType, type ManagedType } from '../../../apimachinery/managed-fields/managed-type.ts'
import type { JsonObject, TypeSchema } from '../../../apimachinery/managed-fields/type-schema.ts'
import { apiVersionOf, type ResourceClass } from '../../../schema/resource.ts'
import type { ApiObject } from '../../registry/api-object.ts'

/** The versions of one custom resource, as ownership of their fields is tracked. */
export interface ManagedVersions {
  readonly schemas: ReadonlyMap<string, () => TypeSchema>
  /** The object in another version. */
  readonly convert: (object: JsonObject, apiVersion: string) => JsonObject
}

/** How ownership of the fields of one version is tracked, for requests to the object or to a part of it. */
export function customManagedTypes(
  type: ResourceClass<ApiObject>,
  hasStatus: boolean,
  { schemas, convert }: ManagedVersions,
): (subresource: string) => ManagedType {
  const own = schemas.get(apiVersionOf(type.resource))!
  const made = new Map<string, ManagedType>()
  return (subresource) =>
    made.getOrInsertComputed(subresource, () =>
      managedType(type, {
        subresource,
        schema: own(),
        resetFields: resetFields(subresource, hasStatus),
        convert: (object, apiVersion) => {
          const schema = schemas.get(apiVersion)
          return schema && { object: convert(object, apiVersion), schema: schema() }
        },
      }),
    )
}

// What the strategy would reset is nobody's to own there.
function resetFields(subresource: string, hasStatus: boolean): readonly string[] {
  if (subresource === 'status') return ['metadata', 'spec']
  return hasStatus ? ['status'] : []
}
