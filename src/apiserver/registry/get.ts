import { notFound, withoutReason } from '../../apimachinery/status-error.ts'
import { formatFieldError } from '../../schema/field-error.ts'
import { keyOf, type Resource } from './resource.ts'
import { checkVersionReached, versionError } from './resource-version.ts'
import type { StoredObject } from './stored-object.ts'

/** Reads an object as it is now, which is never older than any version that was asked for. Throws `NotFound`. */
export async function getObject(
  resource: Resource,
  namespace: string,
  name: string,
  resourceVersion = '',
): Promise<StoredObject> {
  const error = versionError(resourceVersion)
  if (error) throw withoutReason(formatFieldError(error))
  if (resourceVersion !== '') await checkVersionReached(resource, resourceVersion)
  const entry = await resource.env.store.get(keyOf(resource, namespace, name))
  if (!entry) throw notFound(resource.type, name)
  return resource.objectOf(entry)
}
