import { isAlreadyExists, isForbidden, isNotFound } from '../apimachinery/status-predicates.ts'
import { StatusError } from '../apimachinery/status-error.ts'
import { Event } from '../api/core/v1/event.ts'
import { sleep, timestampOf, type Clock } from '../base/clock.ts'
import { fnv1a } from '../base/fnv.ts'
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
  /** Resolves once all events so far have been written or given up: from now on, no server is waited for. */
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

const WAITING_MAX = 1000 // Events that wait to be written; later ones are dropped, and that is logged.
// How often, and how long after, an event is tried that did not reach the server: as client-go does.
const ATTEMPTS_MAX = 12
const RETRY_MS = 10_000
const NS_PER_MS = 1_000_000
const HURRY_MS = 5000 // How long a write may take once the recorder is flushed.

type EventType = 'Normal' | 'Warning'
type Reference = ReturnType<typeof referenceTo>
type Write = () => Promise<void>

class NotWaitedForError extends Error {
  override readonly name = 'NotWaitedForError'

  constructor() {
    super('Events are not waited for any longer')
  }
}

/** Writes events as core/v1 objects, one after the other. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, logger } = options
  const correlator = new EventCorrelator()
  /** What, when its turn has come, decides how an event is written, and gives the write. */
  const waiting = new Queue<() => Write>()
  let last = 0n
  let dropped = 0
  let hurry = new AbortController()
  /** Ends the write that is on its way, once somebody has waited for it long enough. */
  let late = new AbortController()
  let deadline: Disposable | undefined
  let working: Promise<void> | undefined

  // Names hold the time in nanoseconds. They must differ also where the clock stands still, and from those that others
  // give in the same millisecond, of which each recorder therefore begins with a nanosecond of its own.
  const place = BigInt(fnv1a(`${options.component}/${options.host ?? ''}`) % NS_PER_MS)
  const stamp = (): bigint => {
    const now = BigInt(Math.floor(clock.now())) * BigInt(NS_PER_MS) + place
    last = now > last ? now : last + 1n
    return last
  }
  const hurryUp = (): void => {
    deadline?.[Symbol.dispose]()
    deadline = clock.after(HURRY_MS, () => late.abort(new NotWaitedForError()))
  }
  const work = async (): Promise<void> => {
    for (;;) {
      const prepare = waiting.shift()
      if (!prepare) break
      if (hurry.signal.aborted) hurryUp()
      const isWritten = await persist(prepare(), { clock, logger, hurry: hurry.signal })
      // The others would fare no better, and somebody waits.
      if (!isWritten && hurry.signal.aborted && waiting.length > 0) {
        logger.warn('Events were dropped: the server cannot be reached', {
          dropped: waiting.length,
        })
        waiting.clear()
      }
    }
    if (dropped > 0) logger.warn('Events were dropped: too many waited to be written', { dropped })
    dropped = 0
    working = undefined
  }
  const record = (about: EventSubject, type: EventType, reason: string, message: string): void => {
    const reference = referenceTo(about)
    const nowMs = clock.now()
    const { resourceVersion: _, ...identity } = reference
    const occurrence = { about: JSON.stringify(Object.values(identity)), type, reason, message }
    if (!correlator.admit(occurrence, nowMs)) {
      logger.debug('An object has too many events', { ...identity, reason, message })
      return
    }
    if (waiting.length >= WAITING_MAX) {
      dropped += 1
      return
    }
    waiting.push(() => {
      const recorded = correlator.observe(occurrence, nowMs)
      const event = eventObject(options, reference, occurrence, { recorded, nowMs, stamp: stamp() })
      return async () => {
        const name = await write(options.client, event, recorded, late.signal)
        const firstMs = recorded.type === 'again' ? recorded.firstMs : nowMs
        correlator.wrote(recorded.key, { name, count: recorded.count, firstMs })
      }
    })
    working ??= work()
  }

  return {
    normal: (about, reason, message) => record(about, 'Normal', reason, message),
    warning: (about, reason, message) => record(about, 'Warning', reason, message),
    async flush() {
      hurry.abort(new NotWaitedForError())
      hurryUp()
      await working
      deadline?.[Symbol.dispose]()
      hurry = new AbortController()
      late = new AbortController()
    },
  }
}

/** Tries until the server has answered, whatever it says. False where it never did. */
async function persist(
  write: Write,
  {
    clock,
    logger,
    hurry,
  }: Pick<EventRecorderOptions, 'clock' | 'logger'> & { readonly hurry: AbortSignal },
): Promise<boolean> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      await write()
      return true
    } catch (error) {
      if (error instanceof StatusError) {
        logger.warn('The server rejected an event, which is not tried again', { error })
        return true
      }
      if (attempts >= ATTEMPTS_MAX || hurry.aborted) {
        logger.warn('Cannot write an event, and gives up', { error })
        return false
      }
      logger.debug('Cannot write an event yet', { error })
    }
    await sleep(clock, RETRY_MS, { signal: hurry }).catch(() => undefined)
  }
}

/** Writes the event, and gives the name that it is found under. */
async function write(
  client: Client,
  event: Input<Event> & {
    readonly metadata: { readonly name: string; readonly namespace: string }
  },
  recorded: Recorded,
  signal: AbortSignal,
): Promise<string> {
  const { namespace } = event.metadata
  if (recorded.type === 'again') {
    const { count, lastTimestamp, message } = event
    const key = { namespace, name: recorded.name }
    try {
      const patch = { count, lastTimestamp, message }
      await client.patch(Event, key, 'strategic', patch, { signal })
      return recorded.name
    } catch (error) {
      // The event has outlived its hour: it is told anew.
      if (!isNotFound(error)) throw error
    }
  }
  try {
    await client.create(Event, event, { signal })
  } catch (error) {
    // It was written before, and only the answer was lost; or its namespace goes away and takes no more.
    if (!isAlreadyExists(error) && !isForbidden(error)) throw error
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
    readonly recorded: Recorded
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
    firstTimestamp: timestampOf(firstMs),
    lastTimestamp: timestampOf(nowMs),
    source: { component, ...(host !== undefined && { host }) },
    reportingComponent: component,
    reportingInstance: host ?? '',
  }
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
