import { abortable } from '../base/async.ts'
import { backoffMs, type Backoff } from '../base/backoff.ts'
import { sleep, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { catchUp } from './catch-up.ts'
import type { Client, ListParameters, ObjectKey } from './client.ts'
import { initialState, step, type Ask, type Change, type ListWatchInput } from './list-watch.ts'
import { metadataOf, ObjectCache, type CacheReader } from './object-cache.ts'
import { keyText } from './object-key.ts'
import { ObjectWaiters } from './object-waiters.ts'
import { VersionWaiters } from './version-waiters.ts'

/** Called for each change, in order, after the cache has taken it in. They must be quick, and may not throw. */
export interface Handlers<T> {
  /** `initial`: the object was there when the handler came, or when the informer began. */
  add?(object: T, initial: boolean): void
  update?(object: T, before: T): void
  /** `stale`: the deletion itself was missed, and this is the state last seen. */
  delete?(object: T, stale: boolean): void
}

/** A cache of a collection that follows the server. */
export interface Informer<T> {
  readonly type: ResourceClass<T>
  readonly cache: CacheReader<T>
  /** Whether the cache has held the whole collection. */
  readonly synced: boolean
  /** Calls the handlers for what is there, and from then on for each change, until disposed. */
  subscribe(handlers: Handlers<T>): Disposable
  /** Resolves once the cache holds the whole collection. */
  waitForSync(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Whether every change up to this resourceVersion is in the cache. */
  hasSeen(resourceVersion: string): boolean
  /** Calls back once `hasSeen(resourceVersion)`, at once where it holds already. */
  whenSeen(resourceVersion: string, callback: () => void): Disposable
  /** Resolves once the cache shows all that is on the server now. Throws where the server cannot be asked. */
  catchUp(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Calls back once `holds` is true of the cached object of this key, at once where it is already. */
  whenObject(
    key: ObjectKey,
    holds: (object: T | undefined) => boolean,
    callback: () => void,
  ): Disposable
}

/** Which part of a collection. */
export type Scope = Pick<ListParameters, 'namespace' | 'labelSelector' | 'fieldSelector'>

export interface InformerOptions<T> {
  readonly type: ResourceClass<T>
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly scope?: Scope
}

/** An informer that `run()` keeps up to date until the signal aborts. */
export interface RunnableInformer<T> extends Informer<T> {
  run(signal: AbortSignal): Promise<void>
}

const BACKOFF: Backoff = { baseMs: 800, maxMs: 30_000, jitter: 1 }
const PAGE_SIZE = 500
// The server ends watches after a while, so that none stays with a server for ever; not all at one time.
const WATCH_SECONDS_MIN = 300

/** Makes an informer; nothing is asked of the server before it runs. */
export function createInformer<T>(options: InformerOptions<T>): RunnableInformer<T> {
  const { type, client, scope, logger } = options
  const cache = new ObjectCache(type)
  const subscribers = new Set<Handlers<T>>()
  const versions = new VersionWaiters()
  const objects = new ObjectWaiters<T>()
  const sync = Promise.withResolvers<void>()
  let synced = false

  const tell = (call: (handlers: Handlers<T>) => void): void => {
    for (const handlers of subscribers) {
      try {
        call(handlers)
      } catch (error) {
        logger.error('A handler of an informer failed', { resource: type.resource.plural, error })
      }
    }
  }
  const put = (object: T): void => {
    const before = cache.put(object)
    objects.changed(keyText(metadataOf(object)), object)
    if (before === undefined) tell((handlers) => handlers.add?.(object, !synced))
    else if (metadataOf(before).uid !== metadataOf(object).uid) {
      // Deleted and made again while nobody looked: to its owner that is two events.
      tell((handlers) => handlers.delete?.(before, true))
      tell((handlers) => handlers.add?.(object, !synced))
    } else if (before !== object) tell((handlers) => handlers.update?.(object, before))
  }
  const remove = (key: string, last?: T): void => {
    const before = cache.delete(key)
    objects.changed(key, undefined)
    if (before !== undefined)
      tell((handlers) => handlers.delete?.(last ?? before, last === undefined))
  }
  const replace = (all: readonly T[]): void => {
    const left = new Set(cache.keys())
    for (const object of all) {
      left.delete(keyText(metadataOf(object)))
      put(object)
    }
    for (const key of left) remove(key)
    synced = true
    sync.resolve()
  }
  const apply = (change: Change<T>): void => {
    if (change.type === 'replace') replace(change.objects)
    else if (change.type === 'put') put(change.object)
    else if (change.type === 'delete') remove(keyText(metadataOf(change.object)), change.object)
    versions.advance(change.resourceVersion)
  }

  const informer: RunnableInformer<T> = {
    type,
    cache,
    get synced() {
      return synced
    },
    subscribe(handlers) {
      for (const object of cache.list()) handlers.add?.(object, true)
      subscribers.add(handlers)
      return { [Symbol.dispose]: () => void subscribers.delete(handlers) }
    },
    waitForSync: ({ signal } = {}) => abortable(sync.promise, signal),
    catchUp: (calling) => catchUp(informer, { ...calling, client, scope }),
    hasSeen: (resourceVersion) => versions.hasReached(resourceVersion),
    whenSeen: (resourceVersion, callback) => versions.add(resourceVersion, callback),
    whenObject: (key, holds, callback) =>
      objects.add(keyText(key), cache.get(key), holds, callback),
    run: (signal) => follow(options, apply, signal),
  }
  return informer
}

/** Drives the state machine against the server until the signal aborts. */
async function follow<T>(
  options: InformerOptions<T>,
  apply: (change: Change<T>) => void,
  signal: AbortSignal,
): Promise<void> {
  let { state, ask } = step(initialState<T>(), { type: 'start' })
  const advance = (input: ListWatchInput<T>): boolean => {
    const next = step(state, input)
    ;({ state, ask } = { ask: undefined, ...next })
    if (next.change) apply(next.change)
    return ask === undefined
  }
  for (;;) {
    if (signal.aborted || !ask) return
    try {
      await perform(options, ask, advance, signal)
    } catch (error) {
      if (signal.aborted) return
      const { plural } = options.type.resource
      options.logger.debug('A list or watch failed', { resource: plural, error })
      advance({ type: 'failed', error })
    }
  }
}

/** Does what was asked, and feeds what happens to `advance` until it asks for something else. */
async function perform<T>(
  options: InformerOptions<T>,
  ask: Ask,
  advance: (input: ListWatchInput<T>) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { client, type, clock, random, scope } = options
  switch (ask.type) {
    case 'wait':
      await sleep(clock, backoffMs(BACKOFF, ask.failures, random), { signal })
      advance({ type: 'waited' })
      return
    case 'list': {
      const next = ask.continue === undefined ? {} : { continue: ask.continue }
      const page = await client.list(type, { ...scope, ...next, limit: PAGE_SIZE, signal })
      advance({ type: 'page', page })
      return
    }
    case 'stream':
    case 'watch': {
      const startMs = clock.monotonic()
      const from =
        ask.type === 'watch'
          ? { resourceVersion: ask.resourceVersion }
          : { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' as const }
      const events = client.watch(type, {
        ...scope,
        ...from,
        allowWatchBookmarks: true,
        timeoutSeconds: Math.floor(WATCH_SECONDS_MIN * (1 + random.next())),
        signal,
      })
      for await (const event of events) {
        if (!advance({ type: 'event', event })) return
      }
      if (!signal.aborted) advance({ type: 'ended', livedMs: clock.monotonic() - startMs })
      return
    }
    default:
      ask satisfies never
  }
}
