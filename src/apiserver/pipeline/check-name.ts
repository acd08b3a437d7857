import { badRequest } from '../../apimachinery/status-error.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { otherNamespace } from '../registry/write-context.ts'

/** Throws `BadRequest` where an object is another one than the path names. */
export function checkName({ metadata }: ApiObject, name: string, namespace = ''): void {
  const { name: own = '', namespace: ownNamespace = '' } = metadata
  if (namespace !== '' && ownNamespace !== '' && ownNamespace !== namespace) throw otherNamespace()
  if (own === '') {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    )
  }
  if (own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`)
  }
}
