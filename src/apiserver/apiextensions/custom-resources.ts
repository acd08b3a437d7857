import { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { timestamp } from '../../base/clock.ts'
import { createClient } from '../../client/create-client.ts'
import { createInformers, type SharedInformers } from '../../client/shared-informers.ts'
import type { Transport } from '../../client/transport.ts'
import type { RegistryEnvironment } from '../registry/environment.ts'
import type { Registry } from '../registry/registry.ts'
import { StoreClosedError } from '../../storage/store.ts'
import { isTrue, type Definition } from './definition/conditions.ts'
import { finalize } from './definition/finalize.ts'
import { CLEANUP_FINALIZER } from './definition/definition-hooks.ts'
import { NamesInUse } from './definition/names.ts'
import { planStatus } from './definition/plan-status.ts'
import { ServedDefinitions } from './definition/served-definitions.ts'
import type { CustomKindsOptions } from './kind/custom-kinds.ts'

export interface CustomResourcesOptions extends Pick<
  CustomKindsOptions,
  'webhookConverter' | 'celRules'
> {
  readonly registry: Registry
  readonly env: RegistryEnvironment
  /** Calls the server as itself. */
  readonly transport: Transport
}

/** Serves custom resources as their definitions come, change and go, and tells in their status how that went. */
export interface CustomResources extends AsyncDisposable {
  /** Begins to follow. Resolves once all that is defined already is served. */
  start(): Promise<void>
}

const RETRY_MS = 5000

const RESOURCE = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
} as const

/**
 * What apiextensions-apiserver's controllers do: naming, establishing, conditions, and finalizing. Every API server on
 * a store does the same by what it sees; of several that write the same status one comes first.
 */
export function customResources(options: CustomResourcesOptions): CustomResources {
  return new Controller(options)
}

class Controller implements CustomResources {
  readonly #options: CustomResourcesOptions
  readonly #served: ServedDefinitions
  readonly #informers: SharedInformers
  /** Every definition as it was last seen or written, which the informer may be a step behind. */
  readonly #known = new Map<string, Definition>()
  readonly #names = new NamesInUse()
  readonly #finalizing = new Set<string>()
  readonly #abort = new AbortController()
  readonly #tasks = new Set<Promise<void>>()
  readonly #timers = new Set<Disposable>()
  #last: Promise<void> = Promise.resolve()

  constructor(options: CustomResourcesOptions) {
    this.#options = options
    this.#served = new ServedDefinitions(options.registry, options)
    const { clock, random, logger } = options.env
    const client = createClient(options.transport)
    this.#informers = createInformers({ clock, random, logger, client })
  }

  async start(): Promise<void> {
    const put = (definition: CustomResourceDefinition): void => this.#see(definition)
    this.#informers.informer(CustomResourceDefinition).subscribe({
      add: put,
      update: put,
      delete: (definition) => this.#forget(definition),
    })
    this.#informers.start()
    await this.#informers.waitForSync()
    await this.#last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    for (const timer of this.#timers) timer[Symbol.dispose]()
    await this.#informers[Symbol.asyncDispose]()
    await Promise.allSettled(this.#tasks)
  }

  #see(definition: Definition): void {
    const { name } = definition.metadata
    const known = this.#known.get(name)
    const isOlder =
      known?.metadata.uid === definition.metadata.uid &&
      Number(known.metadata.resourceVersion) > Number(definition.metadata.resourceVersion)
    if (isOlder) return
    this.#know(definition)
    this.#served.put(definition)
    this.#enqueue(name)
  }

  #know(definition: Definition): void {
    this.#known.set(definition.metadata.name, definition)
    this.#names.put(definition)
  }

  #forget({ metadata, spec }: Definition): void {
    this.#known.delete(metadata.name)
    this.#names.delete(metadata.name)
    this.#served.delete(metadata.name)
    // Its names are free for others of the group that may be waiting for them.
    this.#reconsider(spec.group)
  }

  #reconsider(group: string): void {
    for (const other of this.#known.values()) {
      if (other.spec.group === group && !isTrue(other, 'NamesAccepted')) {
        this.#enqueue(other.metadata.name)
      }
    }
  }

  /** One at a time: who gets a name depends on who has one. */
  #enqueue(name: string): void {
    this.#last = this.#last.then(() => this.#guarded(name, () => this.#sync(name)))
  }

  async #guarded(name: string, work: () => Promise<void>): Promise<void> {
    if (this.#abort.signal.aborted) return
    try {
      await work()
    } catch (error) {
      // Whoever came first has caused an event, which comes here again.
      if (isConflict(error) || isNotFound(error)) return
      if (this.#abort.signal.aborted || error instanceof StoreClosedError) return
      this.#options.env.logger.error('custom resource definition failed', { name, error })
      this.#retryLater(name)
    }
  }

  #retryLater(name: string): void {
    const timer = this.#options.env.clock.after(RETRY_MS, () => {
      this.#timers.delete(timer)
      this.#enqueue(name)
    })
    this.#timers.add(timer)
  }

  async #sync(name: string): Promise<void> {
    const definition = this.#known.get(name)
    if (!definition) return
    if (definition.metadata.deletionTimestamp !== undefined) return this.#finalize(definition)
    const used = this.#names.besides(definition)
    const planned = planStatus(definition, used, timestamp(this.#options.env.clock))
    if (planned === definition) return
    // Whoever sees that it is established must be served.
    this.#served.put(planned)
    await this.#writeStatus(planned)
    this.#reconsider(definition.spec.group)
  }

  async #writeStatus(definition: Definition): Promise<Definition> {
    const { name } = definition.metadata
    const written = (await this.#options.transport.call({
      ...RESOURCE,
      verb: 'update',
      subresource: 'status',
      name,
      body: definition,
    })) as Definition
    this.#know(written)
    return written
  }

  #finalize(definition: Definition): void {
    const { uid, finalizers = [] } = definition.metadata
    if (!finalizers.includes(CLEANUP_FINALIZER) || this.#finalizing.has(uid)) return
    this.#finalizing.add(uid)
    // Objects may take their time to go, and other definitions do not wait for them.
    const work = (): Promise<void> =>
      finalize(definition, {
        ...this.#options,
        served: this.#served,
        signal: this.#abort.signal,
        newest: () => this.#known.get(definition.metadata.name) ?? definition,
        writeStatus: (changed) => this.#writeStatus(changed),
      })
    const task = this.#guarded(definition.metadata.name, work).finally(() => {
      this.#finalizing.delete(uid)
      this.#tasks.delete(task)
      const now = this.#known.get(definition.metadata.name)
      const isPending =
        now?.metadata.uid === uid &&
        now.metadata.resourceVersion !== definition.metadata.resourceVersion
      if (isPending && !this.#abort.signal.aborted) this.#enqueue(definition.metadata.name)
    })
    this.#tasks.add(task)
  }
}
