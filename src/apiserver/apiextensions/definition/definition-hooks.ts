import { timestamp } from '../../../base/clock.ts'
import { withMetadata, type ApiObject } from '../../registry/api-object.ts'
import type { ResourceHooks } from '../../registry/resource.ts'
import { withCondition, type Definition } from './conditions.ts'

/** Keeps a definition until its custom objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io'

/** A definition is first marked, then its objects are deleted, and then it goes away. */
export const definitionHooks: ResourceHooks = {
  changeDeletion: (old, planned, clock) => {
    if (old.metadata.deletionTimestamp !== undefined) return planned
    const now = timestamp(clock)
    const given = 'object' in planned ? planned.object : old
    const { finalizers = [] } = given.metadata
    const marked = withMetadata(given, {
      deletionTimestamp: now,
      finalizers: finalizers.includes(CLEANUP_FINALIZER)
        ? finalizers
        : [...finalizers, CLEANUP_FINALIZER],
    })
    const condition = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message:
        'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    }
    const object = withCondition(marked as unknown as Definition, condition, now)
    return { type: 'mark', object: object as unknown as ApiObject }
  },
}
