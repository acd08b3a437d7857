import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { MetricSet } from '../base/metrics.ts'
import type { Random } from '../base/random.ts'
import { createClient } from '../client/create-client.ts'
import { createInformers } from '../client/shared-informers.ts'
import type { Transport } from '../client/transport.ts'
import type { Controller, ControllerContext } from './controller.ts'
import { createEventRecorder, type EventRecorder } from './event-recorder.ts'
import { controllerMetrics, type ControllerMetrics } from './metrics.ts'
import { Pacer } from './pacer.ts'
import { createPassCache } from './pass-cache.ts'

export interface ManagerOptions {
  readonly controllers: readonly Controller[]
  /** Carries the informers' requests, and those of controllers that have no transport of their own. */
  readonly transport: Transport
  /** The transport of a controller, by its name, with that controller's own identity. */
  readonly transportOf?: (controller: string) => Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics?: ControllerMetrics
}

/** Controllers at work on shared informers. Disposing it stops them, and then the informers. */
export interface Manager extends AsyncDisposable {
  /** Resolves once all informers that the controllers asked for hold their whole collections. */
  waitForSync(options?: { readonly signal?: AbortSignal }): Promise<void>
}

/** Starts controllers, and what they need. */
export function startManager(options: ManagerOptions): Manager {
  const { controllers, transport, transportOf = () => transport, clock, random, logger } = options
  const { metrics = controllerMetrics(new MetricSet()) } = options
  const informers = createInformers({ client: createClient(transport), clock, random, logger })
  const cache = createPassCache(informers)
  const pacer = new Pacer(clock)
  const recorders: EventRecorder[] = []
  const contextOf = ({ name, eventSource }: Controller): ControllerContext => {
    const own = transportOf(name)
    const client = createClient(own)
    const ownLogger = logger.child({ controller: name })
    const component = eventSource ?? (name.endsWith('-controller') ? name : `${name}-controller`)
    const events = createEventRecorder({ client, clock, logger: ownLogger, component })
    recorders.push(events)
    return {
      transport: own,
      client,
      informers,
      cache,
      events,
      clock,
      random,
      logger: ownLogger,
      metrics,
      pacer,
    }
  }
  const running = controllers.map((each) => each.start(contextOf(each)))
  informers.start()

  return {
    waitForSync: (waiting) => informers.waitForSync(waiting),
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((each) => each[Symbol.asyncDispose]()))
      await Promise.all(recorders.map((each) => each.flush()))
      await informers[Symbol.asyncDispose]()
    },
  }
}
