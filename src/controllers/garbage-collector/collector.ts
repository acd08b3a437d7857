import { isInvalid, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { OwnerReference } from '../../apimachinery/owner-references.ts'
import type { Catalog } from '../../client/catalog.ts'
import type { ObjectKey } from '../../client/client.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import { firstFailure, type ControllerContext } from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { unlessGone } from '../common/unless-gone.ts'
import { planDeletion, type OwnerState } from './deletion-plan.ts'
import {
  FOREGROUND_FINALIZER,
  ORPHAN_FINALIZER,
  type Consequences,
  type GraphNode,
  type OwnerGraph,
} from './owner-graph.ts'

/** Carries out what becomes of the graph's nodes. */
export interface Collector {
  /** Deletes the object of this uid, if it must go. */
  attempt(uid: string): Promise<void>
  /** Has the dependents of this object, which goes away, forget it. */
  setFree(uid: string): Promise<void>
}

export function createCollector(
  graph: OwnerGraph,
  catalog: Catalog,
  { client, cache, informers }: ControllerContext,
  signal: AbortSignal,
  {
    enqueue,
    askAgain,
  }: {
    readonly enqueue: (consequences: Consequences) => void
    /** Has the server asked again, in a while, for an owner of an ignored kind: nobody tells when that is gone. */
    readonly askAgain: (owner: GraphNode) => void
  },
): Collector {
  const typeOf = (node: GraphNode): ResourceClass<AnyObject> => {
    const type = catalog.find(node)
    if (!type) throw new UnknownKindError(node)
    return type
  }
  /** The object as the cache has it; undefined where that is not the node's. */
  const cached = (node: GraphNode): AnyObject | undefined => {
    const object = cache.get(typeOf(node), keyOf(node))
    return object?.metadata.uid === node.uid ? object : undefined
  }
  /** An owner that nobody has seen may be new, or gone: only the server knows. */
  const verify = async (node: GraphNode): Promise<void> => {
    const type = typeOf(node)
    const places = placesOf(node, type)
    for (const key of places) {
      const found = await get(type, key)
      if (found?.metadata.uid !== node.uid) continue
      if (isIgnored(type)) askAgain(node)
      else awaitSight(node, type, found)
      return
    }
    if (places.length > 0) enqueue(graph.remove(node.uid))
  }
  /** An owner that is gone again before its informer could tell of it is never told of at all: it is looked for again. */
  const awaitSight = (
    node: GraphNode,
    type: ResourceClass<AnyObject>,
    { metadata: { resourceVersion } }: AnyObject,
  ): void => {
    const informer = informers.informer(type)
    if (informer.hasSeen(resourceVersion)) {
      if (graph.get(node.uid)?.isVirtual) throw new UnseenOwnerError(node)
      return
    }
    informer.whenSeen(resourceVersion, () => {
      if (graph.get(node.uid)?.isVirtual) enqueue({ attempt: [node], orphan: [] })
    })
  }
  const get = async (
    type: ResourceClass<AnyObject>,
    key: ObjectKey,
  ): Promise<AnyObject | undefined> => {
    try {
      return await client.get(type, key, { signal })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
  const stateOf = (reference: OwnerReference, dependent: GraphNode): OwnerState => {
    const owner = graph.get(reference.uid)
    // One that nobody has seen counts as there until it was asked for.
    if (!owner || owner.isAbsent || isMisnamed(reference, owner, dependent)) return 'absent'
    return owner.isDeletingDependents ? 'deleting dependents' : 'there'
  }
  /** Changes an object; one that is gone, or is another by now, needs no change. */
  const patch = async (node: GraphNode, metadata: object): Promise<void> => {
    try {
      const body = { metadata: { uid: node.uid, ...metadata } }
      await client.patch(typeOf(node), keyOf(node), 'merge', body, { signal })
    } catch (error) {
      if (!isNotFound(error) && !isInvalid(error)) throw error
    }
  }
  const removeFinalizer = async (node: GraphNode, finalizer: string): Promise<void> => {
    const object = cached(node)
    const { finalizers, resourceVersion } = object?.metadata ?? {}
    if (!finalizers?.includes(finalizer)) return
    const rest = finalizers.filter((each) => each !== finalizer)
    await patch(node, { resourceVersion, finalizers: rest })
  }
  const disown = async (node: GraphNode, uids: readonly string[]): Promise<void> => {
    const object = cached(node)
    const { ownerReferences, resourceVersion } = object?.metadata ?? {}
    if (!ownerReferences?.some(({ uid }) => uids.includes(uid))) return
    const rest = ownerReferences.filter(({ uid }) => !uids.includes(uid))
    await patch(node, { resourceVersion, ownerReferences: rest })
  }
  const remove = async (
    node: GraphNode,
    propagationPolicy: 'Background' | 'Foreground' | 'Orphan',
    preconditions: { readonly uid: string; readonly resourceVersion?: string },
  ): Promise<void> => {
    await unlessGone(
      client.delete(typeOf(node), keyOf(node), { propagationPolicy, preconditions, signal }),
    )
  }

  return {
    async attempt(uid) {
      const node = graph.get(uid)
      if (!node || node.isAbsent) return
      if (node.isVirtual) return verify(node)
      const object = cached(node)
      // The cache tells in a moment that it is gone.
      if (!object) return
      const { resourceVersion, finalizers = [] } = object.metadata
      const plan = planDeletion(node, finalizers, (owner) => stateOf(owner, node))
      switch (plan.type) {
        case 'nothing':
          return
        case 'finish':
          return removeFinalizer(node, FOREGROUND_FINALIZER)
        case 'wait': {
          const attempt = plan.dependents.filter((each) => !each.isDeletingDependents)
          enqueue({ attempt, orphan: [] })
          return
        }
        case 'disown':
          return disown(node, plan.uids)
        case 'delete':
          if (plan.unblock) {
            const ownerReferences = node.owners.map((each) => ({
              ...each,
              blockOwnerDeletion: false,
            }))
            await patch(node, { resourceVersion, ownerReferences })
            return remove(node, plan.policy, { uid })
          }
          // For the very version that was judged: an owner may have come since.
          return remove(node, plan.policy, { uid, resourceVersion })
        default:
          plan satisfies never
      }
    },

    async setFree(uid) {
      const node = graph.get(uid)
      if (!node) return
      const failure = await firstFailure(...[...node.dependents].map((each) => disown(each, [uid])))
      if (failure) throw failure
      await removeFinalizer(node, ORPHAN_FINALIZER)
    },
  }
}

/** Events are not followed: they own hardly anything, name no owners, and are by far the most. */
export function isIgnored({ resource }: ResourceClass): boolean {
  return resource.kind === 'Event' && ['', 'events.k8s.io'].includes(resource.group)
}

/** Where an owner must be for those that name it; nowhere where none of them can own what lives in a namespace. */
function placesOf(
  { uid, name, dependents }: GraphNode,
  { resource }: ResourceClass,
): readonly ObjectKey[] {
  if (!resource.namespaced) return [{ name }]
  const places = [...dependents].flatMap(({ namespace, owners }) => {
    const owner = owners.find((each) => each.uid === uid)
    return owner && namespace !== undefined ? [{ namespace, name: owner.name }] : []
  })
  return [...new Map(places.map((each) => [`${each.namespace}/${each.name}`, each])).values()]
}

/** Whether an owner that was seen is not what a dependent names: that is not there, whoever has its uid. */
function isMisnamed({ name }: OwnerReference, owner: GraphNode, { namespace }: GraphNode): boolean {
  // What lives in no namespace cannot be owned by what does, and nobody can say that the owner is gone.
  if (owner.isVirtual || namespace === undefined) return false
  const isElsewhere = owner.namespace !== undefined && owner.namespace !== namespace
  return isElsewhere || owner.name !== name
}

function keyOf({ namespace, name }: GraphNode): ObjectKey {
  return namespace === undefined ? { name } : { namespace, name }
}

/** An owner is of a kind that the server does not have. */
class UnknownKindError extends Error {
  override readonly name = 'UnknownKindError'

  constructor({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }) {
    super(`no matches for kind "${kind}" in version "${apiVersion}"`)
  }
}

/** The server has an owner that its informer should have told of: the next try finds out. */
class UnseenOwnerError extends Error {
  override readonly name = 'UnseenOwnerError'

  constructor({ kind, name }: GraphNode) {
    super(`${kind} ${name} has not been seen yet`)
  }
}
