import type { Namespace } from '../../api/core/v1/namespace.ts'
import { timestamp, type Clock } from '../../base/clock.ts'
import { withMetadata, type ApiObject } from '../registry/api-object.ts'
import type { Deletion } from '../registry/deletion.ts'
import type { ResourceHooks } from '../registry/resource.ts'

/**
 * A Namespace is first marked, then emptied by its controller, which takes away its finalizers, and goes away when it
 * is deleted once more (pkg/registry/core/namespace/storage).
 */
export const namespaceHooks: ResourceHooks = {
  changeDeletion: (old, planned, clock) => {
    if (old.metadata.deletionTimestamp === undefined) return marked(old, planned, clock)
    return finalizersOf(old).length > 0 ? { type: 'pending' } : planned
  },
  mayFinish: (object) => finalizersOf(object).length === 0,
}

function marked(old: ApiObject, planned: Deletion, clock: Clock): Deletion {
  const { finalizers } = 'object' in planned ? planned.object.metadata : old.metadata
  const object = withMetadata(old, { deletionTimestamp: timestamp(clock), finalizers })
  const { status } = old as unknown as Namespace
  return { type: 'mark', object: { ...object, status: { ...status, phase: 'Terminating' } } }
}

function finalizersOf(object: ApiObject): readonly string[] {
  return (object as unknown as Namespace).spec.finalizers ?? []
}
