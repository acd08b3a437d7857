import { equal } from '../../apimachinery/equality.ts'
import { isConflict } from '../../apimachinery/status-predicates.ts'
import type { Catalog } from '../../client/catalog.ts'
import type { AnyObject } from '../../client/dynamic-class.ts'
import {
  measuredQueue,
  type Controller,
  type ControllerContext,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { followCatalog } from '../common/follow-catalog.ts'
import { createCollector, isIgnored } from './collector.ts'
import { OwnerGraph, type Consequences, type Stray } from './owner-graph.ts'

export interface GarbageCollectorOptions {
  /** The types that the server has; custom resources are found by their definitions. */
  readonly builtIn: readonly ResourceClass[]
  readonly concurrency?: number
}

const NAME = 'garbage-collector-controller'
const CONCURRENCY = 20
const EVENT_MS = 3_600_000 // How long a server keeps Events.
const ORPHAN = 'orphan ' // Before a uid in the queue: its dependents are to be set free.

/** Deletes what nobody owns any more, and sees to it that owners and dependents go in the order that was asked for. */
export function garbageCollector(options: GarbageCollectorOptions): Controller {
  return { name: NAME, start: (context) => start(options, context) }
}

function start(
  { builtIn, concurrency = CONCURRENCY }: GarbageCollectorOptions,
  context: ControllerContext,
): AsyncDisposable {
  const { informers, logger, pacer, events } = context
  const abort = new AbortController()
  const queue = measuredQueue('garbage_collector_attempt_to_delete', context)
  const counted = context.metrics.running(NAME)
  const graph = new OwnerGraph()
  const enqueue = ({ attempt, orphan, strays = [] }: Consequences): void => {
    for (const { uid } of attempt) queue.add(uid)
    for (const { uid } of orphan) queue.add(ORPHAN + uid)
    for (const each of strays) tellStray(each, events)
  }
  const catalog = followCatalog(builtIn, informers, (type) => {
    if (isIgnored(type)) return undefined
    const put = (object: AnyObject): void => enqueue(graph.put(object))
    return {
      add: put,
      update(after, before) {
        if (changesOwnership(after, before)) put(after)
      },
      delete: ({ metadata }) => enqueue(graph.remove(metadata.uid)),
    }
  })

  const collector = createCollector(graph, catalog, context, abort.signal, {
    enqueue,
    askAgain: ({ uid }) => queue.addAfter(uid, EVENT_MS),
  })
  const collect = (key: string): Promise<void> =>
    key.startsWith(ORPHAN) ? collector.setFree(key.slice(ORPHAN.length)) : collector.attempt(key)
  // A dependent that is not seen yet would not be waited for.
  const knowsAll = synced(catalog, context, abort.signal)
  const work = async (): Promise<void> => {
    if (!(await knowsAll)) return
    for (;;) {
      const key = await queue.take()
      if (key === undefined) return
      try {
        if (!(await pacer.turn(abort.signal))) return
        await pacer.measure(() => collect(key)).result
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
      catalog[Symbol.dispose]()
      abort.abort(new Error(`The controller ${NAME} was stopped`))
      queue[Symbol.dispose]()
      counted[Symbol.dispose]()
      await Promise.all(workers)
    },
  }
}

function tellStray({ dependent, owner }: Stray, events: ControllerContext['events']): void {
  const { apiVersion, kind, namespace = '', name, uid } = dependent
  const metadata = { ...(namespace && { namespace }), name, uid }
  const place = `namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}`
  const reference = `[${owner.apiVersion}/${owner.kind}, ${place}]`
  const message = `ownerRef ${reference} does not exist in namespace "${namespace}"`
  events.warning({ apiVersion, kind, metadata }, 'OwnerRefInvalidNamespace', message)
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
