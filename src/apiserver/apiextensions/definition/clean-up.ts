import type { Clock } from '../../../base/clock.ts'
import type { Random } from '../../../base/random.ts'
import { deleteCollection } from '../../registry/delete-collection.ts'
import type { Resource } from '../../registry/resource.ts'
import { selectionOf } from '../../registry/selection.ts'
import type { WriteContext } from '../../registry/write-context.ts'

export interface CleanUpOptions {
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
}

/** Deletes all objects of a resource, and resolves once the last is gone, however long their finalizers take. */
export async function cleanUp(resource: Resource, options: CleanUpOptions): Promise<void> {
  const { store } = resource.env
  const selection = selectionOf(resource, {})
  const all = await deleteCollection(resource, selection, {}, {}, contexts(options))
  let { entries, revision } = await store.list(resource.prefix, { limit: 1 })
  if (all.items.length === 0 && entries.length === 0) return
  while (entries.length > 0) {
    const abort = new AbortController()
    const signal = AbortSignal.any([options.signal, abort.signal])
    for await (const message of store.watch(resource.prefix, revision, { signal })) {
      if (message.type !== 'events') continue
      if (message.events.some(({ type }) => type === 'delete')) break
    }
    abort.abort()
    options.signal.throwIfAborted()
    ;({ entries, revision } = await store.list(resource.prefix, { limit: 1 }))
  }
}

// Admission has agreed to the deletion of the definition, and with it to that of all its objects.
function contexts({
  clock,
  random,
}: CleanUpOptions): (name: string, namespace: string) => WriteContext {
  return (_, namespace) => ({
    clock,
    random,
    user: { name: 'system:apiserver', groups: ['system:masters'] },
    namespace,
    dryRun: false,
    warn: () => undefined,
    admission: {
      admit: (object) => object,
      validate: () => undefined,
      admitDeletion: () => undefined,
    },
  })
}
