import { isAlreadyExists } from '../apimachinery/status-predicates.ts'
import type { Catalog } from '../client/catalog.ts'
import type { Client } from '../client/client.ts'
import type { AnyObject } from '../client/dynamic-class.ts'
import type { StepOf } from './stages/compile-stage.ts'

const FIELD_MANAGER = 'kwok'

/** Creates an object, or changes it where there is one. It is in the namespace of `source` where it names none. */
export async function applyObject(
  { client, find }: { readonly client: Client; readonly find: Catalog['find'] },
  source: AnyObject,
  object: AnyObject,
  { subresource, patchType }: Pick<StepOf<'apply'>, 'subresource' | 'patchType'>,
): Promise<void> {
  const { apiVersion, kind, metadata } = object
  const type = find(object)
  if (!type) throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`)
  const { namespace = source.metadata.namespace ?? 'default' } = metadata
  const named = type.resource.namespaced
    ? { ...object, metadata: { ...metadata, namespace } }
    : object
  const parameters = patchType === 'apply' ? { fieldManager: FIELD_MANAGER, force: true } : {}
  const change = (more: { readonly subresource?: string }): Promise<unknown> =>
    client.patch(type, named.metadata, patchType, named, { ...parameters, ...more })
  if (subresource !== undefined) await change({ subresource })
  else if (patchType === 'apply') await change({})
  else
    await client.create(type, named).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error
      return change({})
    })
}
