import type { GroupVersionResource } from '../apimachinery/gvk.ts'
import type { Clock } from '../base/clock.ts'
import type { ResourceClass } from '../schema/resource.ts'
import type { Client } from './client.ts'
import {
  createInformer,
  type Informer,
  type InformerOptions,
  type RunnableInformer,
  type Scope,
} from './informer.ts'

/** One informer for each collection, however many ask for it. */
export interface SharedInformers extends AsyncDisposable {
  /** The informer of a type, or of a part of its objects. It runs from `start()` on, or at once when that was called. */
  informer<T>(type: ResourceClass<T>, scope?: Scope): Informer<T>
  /** The informer of all objects of a resource, where somebody has asked for it. */
  find(resource: GroupVersionResource): Informer<unknown> | undefined
  /** As `Client.discover()`, by the client of the informers. */
  readonly discover: Client['discover']
  readonly clock: Clock
  start(): void
  /** Resolves once every informer that was asked for holds its whole collection. */
  waitForSync(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Stops an informer that nobody needs any more, such as that of a custom resource that is gone. */
  stop<T>(type: ResourceClass<T>, scope?: Scope): Promise<void>
}

interface Entry {
  readonly informer: RunnableInformer<unknown>
  readonly abort: AbortController
  running?: Promise<void>
}

/** Makes a set of shared informers; disposing it stops them all. */
export function createInformers(
  options: Omit<InformerOptions<unknown>, 'type' | 'scope'>,
): SharedInformers {
  const entries = new Map<string, Entry>()
  let started = false
  const run = (entry: Entry): void => {
    entry.running ??= entry.informer.run(entry.abort.signal)
  }
  const stop = async (key: string): Promise<void> => {
    const entry = entries.get(key)
    entries.delete(key)
    entry?.abort.abort(new InformerStoppedError())
    await entry?.running
  }

  return {
    clock: options.clock,
    informer<T>(type: ResourceClass<T>, scope: Scope = {}): Informer<T> {
      const key = collectionOf(type, scope)
      let entry = entries.get(key)
      if (!entry) {
        const informer = createInformer({ ...options, type, scope })
        entry = { informer, abort: new AbortController() }
        entries.set(key, entry)
        if (started) run(entry)
      }
      // Whoever asks for this key asks for this type.
      return entry.informer as RunnableInformer<T>
    },
    discover: (groupVersion, calling) => options.client.discover(groupVersion, calling),
    find: (resource) => entries.get(collectionKey(resource, {}))?.informer,
    start() {
      started = true
      for (const entry of entries.values()) run(entry)
    },
    async waitForSync(waiting) {
      await Promise.all([...entries.values()].map(({ informer }) => informer.waitForSync(waiting)))
    },
    stop: (type, scope = {}) => stop(collectionOf(type, scope)),
    async [Symbol.asyncDispose]() {
      await Promise.all([...entries.keys()].map(stop))
    },
  }
}

/** Why an informer's calls end when it is stopped. */
class InformerStoppedError extends Error {
  override readonly name = 'InformerStoppedError'

  constructor() {
    super('The informer was stopped')
  }
}

function collectionOf<T>({ resource }: ResourceClass<T>, scope: Scope): string {
  const { group, version, plural } = resource
  return collectionKey({ group, version, resource: plural }, scope)
}

function collectionKey({ group, version, resource }: GroupVersionResource, scope: Scope): string {
  const { namespace = '', labelSelector = '', fieldSelector = '' } = scope
  const whole = `${group}/${version}/${resource}`
  // Whoever reads from a cache asks for it each time.
  if (!namespace && !labelSelector && !fieldSelector) return whole
  return `${whole} ${JSON.stringify([namespace, labelSelector, fieldSelector])}`
}
