import { equal } from '../../apimachinery/equality.ts'
import { isConflict, isInvalid, isNotFound } from '../../apimachinery/status-predicates.ts'
import { createCatalog, type Catalog } from '../../client/catalog.ts'
import type { ObjectKey } from '../../client/client.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import {
  firstFailure,
  WorkQueue,
  type Controller,
  type ControllerContext,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { planDeletion, type OwnerState } from './deletion-plan.ts'
import {
  FOREGROUND_FINALIZER,
  ORPHAN_FINALIZER,
  OwnerGraph,
  type Consequences,
  type GraphNode,
} from './owner-graph.ts'

export interface GarbageCollectorOptions {
  /** The types that the server has; custom resources are found by their definitions. */
  readonly builtIn: readonly ResourceClass[]
  readonly concurrency?: number
}

const NAME = 'garbage-collector-controller'
const CONCURRENCY = 20
const ORPHAN = 'orphan ' // Before a uid in the queue: its dependents are to be set free.

/** Deletes what nobody owns any more, and sees to it that owners and dependents go in the order that was asked for. */
export function garbageCollector(options: GarbageCollectorOptions): Controller {
  return { name: NAME, start: (context) => start(options, context) }
}

function start(
  { builtIn, concurrency = CONCURRENCY }: GarbageCollectorOptions,
  context: ControllerContext,
): AsyncDisposable {
  const { informers, logger, clock } = context
  const abort = new AbortController()
  const queue = new WorkQueue({ clock })
  const graph = new OwnerGraph()
  const catalog = createCatalog(builtIn, informers)
  const subscriptions = new Map<ResourceClass, Disposable>()
  const enqueue = ({ attempt, orphan }: Consequences): void => {
    for (const { uid } of attempt) queue.add(uid)
    for (const { uid } of orphan) queue.add(ORPHAN + uid)
  }
  const following = catalog.subscribe({
    add(type) {
      if (isIgnored(type)) return
      const put = (object: AnyObject): void => enqueue(graph.put(object))
      const handlers = {
        add: put,
        update(after: AnyObject, before: AnyObject) {
          if (changesOwnership(after, before)) put(after)
        },
        delete: ({ metadata }: AnyObject) => enqueue(graph.remove(metadata.uid)),
      }
      subscriptions.set(type, informers.informer(type).subscribe(handlers))
    },
    remove(type) {
      subscriptions.get(type)?.[Symbol.dispose]()
      subscriptions.delete(type)
      void informers.stop(type)
    },
  })

  const collector = createCollector(graph, catalog, context, abort.signal, enqueue)
  const work = async (): Promise<void> => {
    // A dependent that is not seen yet would not be waited for.
    if (!(await synced(catalog, context, abort.signal))) return
    for (;;) {
      const key = await queue.take()
      if (key === undefined) return
      try {
        if (key.startsWith(ORPHAN)) await collector.setFree(key.slice(ORPHAN.length))
        else await collector.attempt(key)
        queue.forget(key)
      } catch (error) {
        if (abort.signal.aborted) return
        if (isConflict(error)) logger.debug('A deletion lost a race', { uid: key, error })
        else logger.warn('Cannot collect garbage', { uid: key, error })
        queue.retry(key)
      } finally {
        queue.done(key)
      }
    }
  }
  const workers = Array.from({ length: concurrency }, work)
  return {
    async [Symbol.asyncDispose]() {
      following[Symbol.dispose]()
      catalog[Symbol.dispose]()
      for (const each of subscriptions.values()) each[Symbol.dispose]()
      abort.abort(new Error(`The controller ${NAME} was stopped`))
      queue[Symbol.dispose]()
      await Promise.all(workers)
    },
  }
}

// Most updates are of status, and leases alone have thousands a second in a large cluster.
function changesOwnership(
  { metadata: after }: AnyObject,
  { metadata: before }: AnyObject,
): boolean {
  return (
    after.deletionTimestamp !== undefined || !equal(after.ownerReferences, before.ownerReferences)
  )
}

// Events own nothing, name no owners, and are by far the most.
function isIgnored({ resource }: ResourceClass): boolean {
  return resource.kind === 'Event' && ['', 'events.k8s.io'].includes(resource.group)
}

async function synced(
  catalog: Catalog,
  { informers }: ControllerContext,
  signal: AbortSignal,
): Promise<boolean> {
  const types = catalog.list().filter((type) => !isIgnored(type))
  try {
    await Promise.all(types.map((type) => informers.informer(type).waitForSync({ signal })))
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

interface Collector {
  /** Deletes the object of this uid, if it must go. */
  attempt(uid: string): Promise<void>
  /** Has the dependents of this object, which goes away, forget it. */
  setFree(uid: string): Promise<void>
}

function createCollector(
  graph: OwnerGraph,
  catalog: Catalog,
  { client, cache }: ControllerContext,
  signal: AbortSignal,
  enqueue: (consequences: Consequences) => void,
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
    const { resource } = type
    // What lives in no namespace cannot be owned by what does.
    if (resource.namespaced && node.namespace === undefined) return
    const key = resource.namespaced ? keyOf(node) : { name: node.name }
    const found = await get(type, key)
    if (found?.metadata.uid !== node.uid) enqueue(graph.remove(node.uid))
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
  const stateOf = (uid: string): OwnerState => {
    const owner = graph.get(uid)
    // One that nobody has seen counts as there until it was asked for.
    if (!owner) return 'absent'
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
    try {
      await client.delete(typeOf(node), keyOf(node), { propagationPolicy, preconditions, signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  return {
    async attempt(uid) {
      const node = graph.get(uid)
      if (!node) return
      if (node.isVirtual) return verify(node)
      const object = cached(node)
      // The cache tells in a moment that it is gone.
      if (!object) return
      const { resourceVersion, finalizers = [] } = object.metadata
      const plan = planDeletion(node, finalizers, (owner) => stateOf(owner.uid))
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
