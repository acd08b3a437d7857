import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { RequestOptions } from '../../client/request.ts'
import type { DeleteOptions } from './delete-options.ts'
import { deleteObject } from './delete.ts'
import { listObjects } from './list.ts'
import type { ObjectList } from './object-list.ts'
import type { Resource } from './resource.ts'
import type { Selection } from './selection.ts'
import type { WriteContext } from './write-context.ts'

const AT_ONCE_MAX = 16 // Enough that writes share a sync of the disk, few enough to leave room for others.

/** Deletes all that is selected, and answers with what was. Some may be gone already when it fails. */
export async function deleteCollection(
  resource: Resource,
  selection: Selection,
  listOptions: RequestOptions,
  options: DeleteOptions,
  contextFor: (name: string, namespace: string) => WriteContext,
): Promise<ObjectList> {
  const list = await listObjects(resource, selection, listOptions)
  const waiting = list.items.values()
  const worker = async (): Promise<void> => {
    for (const { object } of waiting) {
      const { name = '', namespace = '' } = object.metadata
      try {
        await deleteObject(resource, name, options, contextFor(name, namespace))
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE_MAX }, worker))
  return list
}
