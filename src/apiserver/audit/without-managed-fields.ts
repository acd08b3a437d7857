import { isJsonObject, type JsonObject } from '../../apimachinery/patch/json-object.ts'

/** An object, or a list of them, without who manages which fields: the longest and least interesting part. */
export function withoutManagedFields(object: unknown): unknown {
  if (!isJsonObject(object)) return object
  const { items, metadata } = object
  return {
    ...object,
    ...(isJsonObject(metadata) && 'managedFields' in metadata && { metadata: bare(metadata) }),
    ...(Array.isArray(items) && { items: items.map(withoutManagedFields) }),
  }
}

function bare({ managedFields: _managedFields, ...metadata }: JsonObject): JsonObject {
  return metadata
}
