import { APIService } from '../../api/apiregistration/v1/api-service.ts'
import { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import type { Logger } from '../../base/logger.ts'
import type { Transport } from '../../client/transport.ts'
import { createClient } from '../../client/create-client.ts'
import { createInformers } from '../../client/shared-informers.ts'
import { startManager, type Controller, type Manager } from '../../controller-runtime/index.ts'
import type { Registry } from '../registry/registry.ts'
import { autoRegister } from './auto-register.ts'
import { availabilityController, type AvailabilityOptions } from './availability-controller.ts'

export interface AggregatorOptions extends AvailabilityOptions {
  readonly logger: Logger
  /** Calls the server as itself. */
  readonly transport: Transport
  /** Called once all that is built in has been registered. */
  readonly onRegistered: () => void
}

/** Registers what is served here, and follows what APIServices say that other servers answer. */
export interface Aggregator extends AsyncDisposable {
  /** Resolves once it is known what other servers answer, and registering what is built in has been tried. */
  start(): Promise<void>
}

/** What kube-aggregator's controllers do. Every API server on a store does the same. */
export function aggregator(options: AggregatorOptions): Aggregator {
  const { registry, onRegistered, transport, clock, random, logger } = options
  const { external } = registry
  const stack = new AsyncDisposableStack()
  const managers: Manager[] = []
  let isFollowing = false
  const follow = (service: APIService): void => {
    external.put(service)
    // Most clusters have no other servers, and need not watch for their Services.
    if (isFollowing || !service.spec.service || stack.disposed) return
    isFollowing = true
    run(availabilityController(options))
  }
  const run = (controller: Controller): void => {
    const common = { transport, clock, random, logger }
    managers.push(startManager({ ...common, controllers: [controller] }))
  }
  return {
    async start() {
      // Whoever serves less has nobody to register it.
      if (!isServed(registry)) return onRegistered()
      const informers = stack.use(createInformers({ ...options, client: createClient(transport) }))
      informers.informer(APIService).subscribe({
        add: follow,
        update: follow,
        delete: (service) => external.delete(service),
      })
      informers.start()
      await informers.waitForSync()
      const { promise, resolve } = Promise.withResolvers<void>()
      run(autoRegister({ registry, onTried: resolve, onRegistered }))
      await promise
    },
    async [Symbol.asyncDispose]() {
      const stopping = stack.disposeAsync()
      await Promise.all(managers.map((each) => each[Symbol.asyncDispose]()))
      await stopping
    },
  }
}

function isServed(registry: Registry): boolean {
  return [APIService, CustomResourceDefinition].every(({ resource }) =>
    registry.find(resource.group, resource.version, resource.plural),
  )
}
