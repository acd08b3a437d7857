import { badRequest } from '../../apimachinery/status-error.ts'
import type { ApiRequest } from '../../client/request.ts'
import { getObject } from '../registry/get.ts'
import type { ServedKind } from '../registry/served-kind.ts'
import type { StoredObject } from '../registry/stored-object.ts'

/** The object that a get names. Throws `BadRequest`, `NotFound`. */
export function readRequested(
  { resource }: ServedKind,
  { namespace = '', name = '', options = {} }: ApiRequest,
): Promise<StoredObject> {
  if (options.export) {
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported')
  }
  return getObject(resource, namespace, name, options.resourceVersion)
}
