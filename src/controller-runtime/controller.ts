import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { Client, ObjectKey } from '../client/client.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { Transport } from '../client/transport.ts'
import type { ResourceClass } from '../schema/resource.ts'
import type { EventRecorder } from './event-recorder.ts'
import type { ControllerMetrics } from './metrics.ts'
import type { Pacer } from './pacer.ts'
import type { PassCache } from './pass-cache.ts'
import type { Result } from './result.ts'
import { runController } from './run-controller.ts'

/** What a controller is given to work with. */
export interface ControllerContext {
  /** Carries requests as this controller's own identity. */
  readonly transport: Transport
  readonly client: Client
  readonly informers: SharedInformers
  readonly cache: PassCache
  readonly events: EventRecorder
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: ControllerMetrics
  readonly pacer: Pacer
}

/** Something that brings the cluster closer to what is wanted, for as long as it runs. */
export interface Controller {
  readonly name: string
  /** The component that its events name as their source: the name, with `-controller` after it, where absent. */
  readonly eventSource?: string
  /** Begins to work, and goes on until what comes back is disposed. Must ask for its informers before it returns. */
  start(context: ControllerContext): AsyncDisposable
}

/** What a pass is given. */
export interface Pass extends Pick<
  ControllerContext,
  'cache' | 'events' | 'clock' | 'random' | 'metrics'
> {
  /** The client of this pass: its calls end when the pass is cancelled, and its writes hold back the next pass. */
  readonly client: Client
  readonly logger: Logger
  /** Aborts when the controller is stopped. */
  readonly signal: AbortSignal
}

/** A type whose objects tell which keys to look at. */
export interface Watch {
  readonly type: ResourceClass
  readonly keysOf: (object: unknown, cache: PassCache) => Iterable<ObjectKey>
  readonly changed: (after: unknown, before: unknown) => boolean
}

/**
 * Objects of `type` lead to the keys that `keysOf` gives; at an update, to those of the object before it as well.
 * `changed` tells whether an update matters; each does where it is absent.
 */
export function watch<T>(
  type: ResourceClass<T>,
  keysOf: (object: T, cache: PassCache) => Iterable<ObjectKey>,
  changed: (after: T, before: T) => boolean = () => true,
): Watch {
  // What an informer of this type tells of is of this type.
  return { type, keysOf, changed } as Watch
}

export interface ControllerSpec<T> {
  /** The type whose objects are reconciled. */
  readonly for: ResourceClass<T>
  /** Whether an update of such an object matters; each does where absent. */
  readonly changed?: (after: T, before: T) => boolean
  /** Whether there may be anything to do for such an object as it is now; there may for each where absent. */
  readonly concerns?: (object: T, cache: PassCache) => boolean
  /** Types whose objects are managed by those: a change leads to the owner (`controller: true`). */
  readonly owns?: readonly ResourceClass[]
  readonly watches?: readonly Watch[]
  /** Types that are only read from the cache. */
  readonly reads?: readonly ResourceClass[]
  /** Begins to follow whatever else brings keys, until what comes back is disposed. */
  readonly sources?: (context: ControllerContext, add: (key: ObjectKey) => void) => Disposable
  /** How many objects are worked on at a time; 5 where absent. Never one object twice. */
  readonly concurrency?: number
  readonly eventSource?: string
  /** What metrics call its queue; the name of the controller, without `-controller`, where absent. */
  readonly queueName?: string
  /**
   * Looks at the whole of the state and brings it closer to what the object wants. It is told nothing of what changed.
   * A throw has it called again after a while that grows with each throw in a row, except for `TerminalError`.
   */
  reconcile(object: T, pass: Pass): Promise<Result | void>
  /** Called in place of `reconcile` where the object is gone. */
  gone?(key: ObjectKey, pass: Pass): Promise<Result | void>
}

/** A controller that reconciles objects of one type, one at a time each. */
export function controller<T>(name: string, spec: ControllerSpec<T>): Controller {
  return {
    name,
    ...(spec.eventSource !== undefined && { eventSource: spec.eventSource }),
    start: (context) => runController(name, spec, context),
  }
}
