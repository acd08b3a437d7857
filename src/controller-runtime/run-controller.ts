import { controllerOf, type OwnerReference } from '../apimachinery/owner-references.ts'
import type { Client, ObjectKey } from '../client/client.ts'
import { createClient } from '../client/create-client.ts'
import { metadataOf } from '../client/object-cache.ts'
import { keyText, parseKey } from '../client/object-key.ts'
import { apiVersionOf, type ResourceClass } from '../schema/resource.ts'
import type { ControllerContext, ControllerSpec, Pass } from './controller.ts'
import { KeyBudgets } from './key-budgets.ts'
import { measuredQueue } from './measured-queue.ts'
import { isRace, PendingWrites, rememberingTransport } from './pending-writes.ts'
import { done, TerminalError, type Result } from './result.ts'
import type { WorkQueue } from './work-queue.ts'

const CONCURRENCY = 5
// A write that is not seen for so long never will be: then it is enough that the cache is up to date.
const HOLD_MS_MAX = 60_000

/** Watches what the controller named, and works on the keys that come of it until disposed. */
export function runController<T>(
  name: string,
  spec: ControllerSpec<T>,
  context: ControllerContext,
): AsyncDisposable {
  const abort = new AbortController()
  const counted = context.metrics.running(name)
  const queue = measuredQueue(spec.queueName ?? name.replace(/-controller$/, ''), context)
  const holds = new Holds(context, queue)
  const budgets = new KeyBudgets(context.clock)
  const subscriptions = subscribe(spec, context, queue)
  const { concurrency = CONCURRENCY } = spec

  const work = async (): Promise<void> => {
    // A pass must see everything there is, or it would take for missing what is only not there yet.
    if (!(await synced(spec, context, abort.signal))) return
    for (;;) {
      const key = await queue.take()
      if (key === undefined) return
      if (!holds.isHeld(key)) {
        if (!(await context.pacer.turn(abort.signal))) return
        await pass(key)
      }
      queue.done(key)
    }
  }
  const pass = async (key: string): Promise<void> => {
    const { transport, informers, clock } = context
    const remembering = { transport, informers, clock, signal: abort.signal }
    const writes = new PendingWrites(remembering)
    const client = createClient(rememberingTransport(remembering, writes))
    const startMs = context.clock.monotonic()
    let restMs = 0
    const end = (outcome: Parameters<typeof context.metrics.passEnded>[1]): void =>
      context.metrics.passEnded(name, outcome, context.clock.monotonic() - startMs)
    try {
      const { result: passing, busyMs } = context.pacer.measure(() =>
        reconcile(spec, context, key, client, abort.signal),
      )
      restMs = budgets.charge(key, busyMs)
      const result = (await passing) ?? done
      queue.forget(key)
      if (result.type === 'requeue after') queue.addAfter(key, result.ms)
      end(result.type === 'done' ? 'success' : 'requeue_after')
    } catch (error) {
      if (abort.signal.aborted) return
      const terminal = error instanceof TerminalError
      report(context, key, error)
      if (!terminal) queue.retry(key)
      end(terminal ? 'terminal_error' : 'error')
    } finally {
      holds.hold(key, writes, restMs)
    }
  }

  const workers = Array.from({ length: concurrency }, work)
  return {
    async [Symbol.asyncDispose]() {
      for (const each of subscriptions) each[Symbol.dispose]()
      abort.abort(new Error(`The controller ${name} was stopped`))
      queue[Symbol.dispose]()
      counted[Symbol.dispose]()
      await Promise.all(workers)
      holds[Symbol.dispose]() // Last, since each pass that ends holds its key.
    },
  }
}

/** Keys whose next pass waits until the caches show what the last one wrote, and until they have rested. */
class Holds implements Disposable {
  readonly #context: ControllerContext
  readonly #queue: WorkQueue
  readonly #held = new Map<string, { wanted: boolean; readonly waits: DisposableStack }>()

  constructor(context: ControllerContext, queue: WorkQueue) {
    this.#context = context
    this.#queue = queue
  }

  /** Whether the key must wait; if so, it is added again when it need not any more. */
  isHeld(key: string): boolean {
    const hold = this.#held.get(key)
    if (hold) hold.wanted = true
    return hold !== undefined
  }

  hold(key: string, writes: PendingWrites, restMs: number): void {
    const { clock } = this.#context
    const hold = { wanted: false, waits: new DisposableStack() }
    const reasons = new Set<'rest' | 'writes'>(restMs > 0 ? ['rest', 'writes'] : ['writes'])
    const over = (reason: 'rest' | 'writes'): void => {
      reasons.delete(reason)
      if (reasons.size > 0 || hold.waits.disposed) return
      hold.waits.dispose()
      if (this.#held.get(key) === hold) this.#held.delete(key)
      if (hold.wanted) this.#queue.add(key)
    }
    // What it waits for may be so at once, and then there is nothing left to wait for.
    const waitFor = (wait: Disposable): void => {
      if (hold.waits.disposed) wait[Symbol.dispose]()
      else hold.waits.use(wait)
    }
    const seen = (): void => over('writes')
    if (restMs > 0) waitFor(clock.after(restMs, () => over('rest')))
    waitFor(writes.whenAllSeen(seen))
    if (hold.waits.disposed) return
    this.#held.set(key, hold)
    const giveUp = (): void => {
      if (reasons.has('writes')) waitFor(writes.whenCaughtUp(seen))
    }
    waitFor(clock.after(HOLD_MS_MAX, giveUp))
  }

  [Symbol.dispose](): void {
    for (const { waits } of this.#held.values()) waits.dispose()
    this.#held.clear()
  }
}

async function reconcile<T>(
  spec: ControllerSpec<T>,
  context: ControllerContext,
  keyAsText: string,
  client: Client,
  signal: AbortSignal,
): Promise<Result | void> {
  const key = parseKey(keyAsText)
  const { cache, events, clock, random, metrics, logger } = context
  const pass: Pass = {
    client,
    cache,
    events,
    clock,
    random,
    metrics,
    logger,
    signal,
  }
  const object = cache.get(spec.for, key)
  if (object === undefined) return spec.gone?.(key, pass)
  return spec.reconcile(object, pass)
}

async function synced<T>(
  spec: ControllerSpec<T>,
  { informers }: ControllerContext,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await Promise.all(typesOf(spec).map((type) => informers.informer(type).waitForSync({ signal })))
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

function typesOf<T>(spec: ControllerSpec<T>): readonly ResourceClass[] {
  const { owns = [], watches = [], reads = [] } = spec
  return [spec.for, ...owns, ...watches.map(({ type }) => type), ...reads]
}

function subscribe<T>(
  spec: ControllerSpec<T>,
  context: ControllerContext,
  queue: WorkQueue,
): Disposable[] {
  const { informers, cache } = context
  const add = (key: ObjectKey): void => queue.add(keyText(key))
  const addOwn = (object: T): void => {
    if (spec.concerns?.(object, cache) ?? true) add(metadataOf(object))
  }
  const own = informers.informer(spec.for).subscribe({
    add: addOwn,
    update(after, before) {
      if (spec.changed?.(after, before) ?? true) addOwn(after)
    },
    delete: (object) => add(metadataOf(object)),
  })
  for (const type of spec.reads ?? []) informers.informer(type)
  const owned = (spec.owns ?? []).map((type) =>
    follow(
      type,
      (object) => ownerKeys(spec.for, object),
      () => true,
    ),
  )
  const watched = (spec.watches ?? []).map(({ type, keysOf, changed }) =>
    follow(type, (object) => keysOf(object, cache), changed),
  )
  const sources = spec.sources?.(context, add)
  return [own, ...owned, ...watched, ...(sources ? [sources] : [])]

  function follow(
    type: ResourceClass,
    keysOf: (object: unknown) => Iterable<ObjectKey>,
    changed: (after: unknown, before: unknown) => boolean,
  ): Disposable {
    const addAll = (object: unknown): void => {
      for (const key of keysOf(object)) add(key)
    }
    return informers.informer(type).subscribe({
      add: addAll,
      update(after, before) {
        if (!changed(after, before)) return
        addAll(before)
        addAll(after)
      },
      delete: addAll,
    })
  }
}

/** The key of the managing owner, where that is of the type. */
function ownerKeys<T>({ resource }: ResourceClass<T>, object: unknown): readonly ObjectKey[] {
  const { metadata } = object as {
    metadata: ObjectKey & { readonly ownerReferences?: readonly OwnerReference[] }
  }
  const owner = controllerOf({ metadata })
  if (owner?.kind !== resource.kind || owner.apiVersion !== apiVersionOf(resource)) return []
  if (!resource.namespaced) return [{ name: owner.name }]
  return [
    {
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      name: owner.name,
    },
  ]
}

function report({ logger }: ControllerContext, key: string, error: unknown): void {
  if (isRace(error)) logger.debug('A pass lost a race', { key, error })
  else logger.warn('A pass failed', { key, error })
}
