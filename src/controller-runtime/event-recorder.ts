import { isForbidden, isNotFound } from '../apimachinery/status-predicates.ts'
import { StatusError } from '../apimachinery/status-error.ts'
import { Event } from '../api/core/v1/event.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { Queue } from '../base/queue.ts'
import type { Client } from '../client/client.ts'
import type { Input } from '../schema/message.ts'
import { EventCorrelator, type Recorded } from './event-correlator.ts'

/** What an event can be about: an object, with its kind. */
export interface EventSubject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
  }
  /** The part of the object that it is about, such as `spec.containers{main}`. */
  readonly fieldPath?: string
}

/** Tells users what happens to an object. Never fails and never waits: events are told as well as can be. */
export interface EventRecorder {
  normal(about: EventSubject, reason: string, message: string): void
  warning(about: EventSubject, reason: string, message: string): void
  /** Resolves once all events so far have been written or given up. */
  flush(): Promise<void>
}

export interface EventRecorderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly logger: Logger
  /** Who tells, such as `deployment-controller`. */
  readonly component: string
  /** The node that it happens on, for components of a node. */
  readonly host?: string
}

const WAITING_MAX = 1000 // Events that wait to be written; later ones are dropped.

type EventType = 'Normal' | 'Warning'
type Reference = ReturnType<typeof referenceTo>

/** Writes events as core/v1 objects, one after the other. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, logger } = options
  const correlator = new EventCorrelator()
  const waiting = new Queue<() => Promise<void>>()
  let last = 0
  let working: Promise<void> | undefined

  // Names hold the time in nanoseconds, and must differ also where the clock stands still.
  const stamp = (): bigint => {
    last = Math.max(last + 1, clock.now() * 1000)
    return BigInt(last) * 1000n
  }
  const work = async (): Promise<void> => {
    for (;;) {
      const write = waiting.shift()
      if (!write) break
      try {
        await write()
      } catch (error) {
        logger.debug('Cannot write an event', { error })
      }
    }
    working = undefined
  }
  const record = (about: EventSubject, type: EventType, reason: string, message: string): void => {
    if (waiting.length >= WAITING_MAX) return
    const reference = referenceTo(about)
    const nowMs = clock.now()
    const { resourceVersion: _, ...identity } = reference
    const occurrence = { about: JSON.stringify(Object.values(identity)), type, reason, message }
    waiting.push(async () => {
      const recorded = correlator.observe(occurrence, nowMs)
      if (recorded.type === 'dropped') return
      const event = eventObject(options, reference, occurrence, { recorded, nowMs, stamp: stamp() })
      const name = await write(options.client, event, recorded)
      const firstMs = recorded.type === 'again' ? recorded.firstMs : nowMs
      correlator.wrote(recorded.key, { name, count: recorded.count, firstMs })
    })
    working ??= work()
  }

  return {
    normal: (about, reason, message) => record(about, 'Normal', reason, message),
    warning: (about, reason, message) => record(about, 'Warning', reason, message),
    flush: async () => working,
  }
}

/** Writes the event, and gives the name that it is found under. */
async function write(
  client: Client,
  event: Input<Event> & {
    readonly metadata: { readonly name: string; readonly namespace: string }
  },
  recorded: Exclude<Recorded, { type: 'dropped' }>,
): Promise<string> {
  const { namespace } = event.metadata
  if (recorded.type === 'again') {
    const { count, lastTimestamp, message } = event
    const key = { namespace, name: recorded.name }
    try {
      const patch = { count, lastTimestamp, message }
      await client.patch(Event, key, 'strategic', patch)
      return recorded.name
    } catch (error) {
      // The event has outlived its hour: it is told anew.
      if (!isNotFound(error)) throw error
    }
  }
  try {
    await client.create(Event, event)
  } catch (error) {
    // A namespace that is going away takes no more events.
    if (!(error instanceof StatusError && isForbidden(error))) throw error
  }
  return event.metadata.name
}

function eventObject(
  { component, host }: EventRecorderOptions,
  involvedObject: Reference,
  { type, reason }: { readonly type: EventType; readonly reason: string },
  {
    recorded,
    nowMs,
    stamp,
  }: {
    readonly recorded: Exclude<Recorded, { type: 'dropped' }>
    readonly nowMs: number
    readonly stamp: bigint
  },
) {
  const firstMs = recorded.type === 'again' ? recorded.firstMs : nowMs
  return {
    metadata: {
      name: `${involvedObject.name}.${stamp.toString(16)}`,
      namespace: involvedObject.namespace ?? 'default',
    },
    involvedObject,
    type,
    reason,
    message: recorded.message,
    count: recorded.count,
    firstTimestamp: rfc3339(firstMs),
    lastTimestamp: rfc3339(nowMs),
    source: { component, ...(host !== undefined && { host }) },
    reportingComponent: component,
    reportingInstance: host ?? '',
  }
}

function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

function referenceTo({ apiVersion, kind, metadata, fieldPath }: EventSubject) {
  const { name, namespace, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(fieldPath !== undefined && { fieldPath }),
  }
}
