import type { OwnerReference } from '../../apimachinery/owner-references.ts'
import {
  blockingDependents,
  FOREGROUND_FINALIZER,
  ORPHAN_FINALIZER,
  type GraphNode,
} from './owner-graph.ts'

/** What is to be done about a node that may have to go. */
export type DeletionPlan =
  | { readonly type: 'nothing' }
  /** Its dependents are gone: the foreground deletion may end. */
  | { readonly type: 'finish' }
  /** These hold up its foreground deletion. */
  | { readonly type: 'wait'; readonly dependents: readonly GraphNode[] }
  /** Some owners are left: forget the others. */
  | { readonly type: 'disown'; readonly uids: readonly string[] }
  | {
      readonly type: 'delete'
      readonly policy: 'Background' | 'Foreground' | 'Orphan'
      /** It waits for itself in a ring: it must not hold up its owners any more. */
      readonly unblock: boolean
    }

/** What became of an owner. */
export type OwnerState = 'there' | 'deleting dependents' | 'absent'

/**
 * What to do about a node, given what became of its owners.
 * See https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
export function planDeletion(
  node: GraphNode,
  finalizers: readonly string[],
  stateOf: (owner: OwnerReference) => OwnerState,
): DeletionPlan {
  if (node.isDeletingDependents) {
    const dependents = blockingDependents(node)
    return dependents.length === 0 ? { type: 'finish' } : { type: 'wait', dependents }
  }
  if (node.isBeingDeleted || node.owners.length === 0) return { type: 'nothing' }

  const states = Map.groupBy(node.owners, stateOf)
  const absent = states.get('absent') ?? []
  const waiting = states.get('deleting dependents') ?? []
  if (states.has('there')) {
    const uids = [...absent, ...waiting].map(({ uid }) => uid)
    return uids.length === 0 ? { type: 'nothing' } : { type: 'disown', uids }
  }
  if (waiting.length > 0 && node.dependents.size > 0) {
    // An owner waits for this, so this must wait for its own dependents too.
    const isRing = [...node.dependents].some((dependent) => dependent.isDeletingDependents)
    return { type: 'delete', policy: 'Foreground', unblock: isRing }
  }
  return { type: 'delete', policy: policyOf(finalizers), unblock: false }
}

// Whoever asked for a policy before gets it.
function policyOf(finalizers: readonly string[]): 'Background' | 'Foreground' | 'Orphan' {
  if (finalizers.includes(ORPHAN_FINALIZER)) return 'Orphan'
  return finalizers.includes(FOREGROUND_FINALIZER) ? 'Foreground' : 'Background'
}
