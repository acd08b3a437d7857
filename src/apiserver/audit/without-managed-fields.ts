type Json = Readonly<Record<string, unknown>>

/** An object, or a list of them, without who manages which fields: the longest and least interesting part. */
export function withoutManagedFields(object: unknown): unknown {
  if (!isObject(object)) return object
  const { items, metadata } = object
  return {
    ...object,
    ...(isObject(metadata) && 'managedFields' in metadata && { metadata: bare(metadata) }),
    ...(Array.isArray(items) && { items: items.map(withoutManagedFields) }),
  }
}

function bare({ managedFields: _managedFields, ...metadata }: Json): Json {
  return metadata
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
