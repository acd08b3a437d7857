import { tooManyRequests } from '../../apimachinery/status-error.ts'
import { onAbort } from '../../base/async.ts'
import type { Clock } from '../../base/clock.ts'
import { concurrencyLimits, lendAndBorrow } from './concurrency.ts'
import {
  distinguisherOf,
  flowConfiguration,
  schemaFor,
  type FlowConfiguration,
  type SchemaEntry,
} from './configuration.ts'
import type { Occupant } from './fair-queue.ts'
import type { FlowAttributes } from './flow-attributes.ts'
import type { FlowCounters, FlowObserver, RejectReason } from './flow-observer.ts'
import { PriorityLevel, type FlowRequest } from './priority-level.ts'
import { RetryAfter } from './retry-after.ts'
import { flowHash } from './shuffle-sharding.ts'
import { estimateWork, type WorkFacts } from './work-estimate.ts'

export interface FlowControlOptions {
  readonly clock: Clock
  /** Seats of the whole server: how many ordinary requests are worked on at once. */
  readonly concurrency: number
  /** How long a request may wait in a queue. */
  readonly waitMsMax: number
  readonly observer: FlowObserver
}

/** Where a request belongs. */
export interface Classified {
  readonly schemaUid: string
  readonly levelUid: string
  /**
   * Takes seats for the request; waits where none are free. What comes back is called when it is over. Throws
   * `TooManyRequests` where it is turned away, and the signal's reason.
   */
  enter(facts: WorkFacts, signal: () => AbortSignal): Entered | Promise<Entered>
}

/** Call it once, when the request is over. */
export type Entered = () => void

const ADJUSTMENT_MS = 10_000

/**
 * API Priority and Fairness (KEP-1040): puts requests into levels that do not hurt each other, and within a level lets
 * flows take turns.
 */
export class FlowControl {
  readonly #options: FlowControlOptions
  readonly #levels = new Map<string, PriorityLevel>()
  readonly #counters = new WeakMap<SchemaEntry, FlowCounters>()
  readonly #retryAfter = new RetryAfter()
  #configuration!: FlowConfiguration
  #adjustment: Disposable | undefined
  #isUsed = false
  #closed = false

  constructor(options: FlowControlOptions) {
    this.#options = options
    this.configure(flowConfiguration([], []))
  }

  get configuration(): FlowConfiguration {
    return this.#configuration
  }

  /** The levels by name, those included that only finish what they have. */
  get levels(): ReadonlyMap<string, PriorityLevel> {
    return this.#levels
  }

  configure(configuration: FlowConfiguration): void {
    this.#configuration = configuration
    const { concurrency, observer } = this.#options
    const specs = new Map([...configuration.levels].map(([name, { spec }]) => [name, spec]))
    const limits = concurrencyLimits(specs, concurrency)
    for (const [name, { uid, spec }] of configuration.levels) {
      const level = this.#levels.get(name) ?? new PriorityLevel(name, this.#seconds())
      this.#levels.set(name, level)
      level.configure(uid, spec, limits.get(name)!, this.#seconds())
      observer.limits(name, level.gauges)
    }
    for (const [name, level] of this.#levels) {
      if (configuration.levels.has(name)) continue
      level.isQuiescing = true
      this.#forgetIdle(level)
    }
  }

  classify(attributes: FlowAttributes): Classified {
    const schema = schemaFor(this.#configuration, attributes)
    const level = this.#levels.get(schema.level)!
    return {
      schemaUid: schema.uid,
      levelUid: level.uid,
      enter: (facts, signal) => this.#enter({ attributes, schema, level, facts, signal }),
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#adjustment?.[Symbol.dispose]()
  }

  #enter(candidate: Candidate): Entered | Promise<Entered> {
    const { attributes, schema, level, facts } = candidate
    const counters = this.#countersOf(schema)
    const distinguisher = distinguisherOf(schema, attributes)
    const request: FlowRequest = {
      attributes,
      schema: schema.name,
      distinguisher,
      hash: level.isExempt ? 0 : flowHash(schema.name, distinguisher),
      estimate: estimateWork(facts, level.seatsMax),
      arrivedMs: this.#options.clock.now(),
      dispatched: undefined,
    }
    this.#noteUse()
    const arrival = level.arrive(request, this.#seconds())
    if (arrival.type === 'rejected') throw this.#refusal(counters, arrival.reason)
    return arrival.type === 'running'
      ? this.#entered(candidate, arrival.occupant, counters)
      : this.#wait(candidate, arrival.occupant, counters)
  }

  async #wait(
    candidate: Candidate,
    occupant: Occupant<FlowRequest>,
    counters: FlowCounters,
  ): Promise<Entered> {
    const { level, signal } = candidate
    const turn = Promise.withResolvers<'dispatched' | 'time-out' | 'cancelled'>()
    occupant.request.dispatched = () => turn.resolve('dispatched')
    counters.queued(occupant.queue!.waiting.size)
    const give = (reason: 'time-out' | 'cancelled') => (): void => {
      if (level.giveUp(occupant, this.#seconds(), reason)) turn.resolve(reason)
    }
    using _timer = this.#options.clock.after(this.#options.waitMsMax, give('time-out'))
    using _abort = onAbort(signal(), give('cancelled'))
    const outcome = await turn.promise
    counters.left(this.#seconds() - occupant.arrivedAt, outcome === 'dispatched')
    if (outcome === 'dispatched') return this.#entered(candidate, occupant, counters)
    this.#forgetIdle(level)
    throw this.#refusal(counters, outcome)
  }

  #entered(
    { level, attributes }: Candidate,
    occupant: Occupant<FlowRequest>,
    counters: FlowCounters,
  ): Entered {
    const { estimate } = occupant.request
    const type = attributes.verb === 'watch' ? 'watch' : 'regular'
    counters.dispatched(occupant.seats)
    return () => {
      const now = this.#seconds()
      level.finish(occupant, now)
      counters.finished(occupant.seats, now - occupant.startedAt, type)
      if (estimate.additionalSeconds === 0) return this.#forgetIdle(level)
      // The answer does not wait for it.
      this.#options.clock.after(estimate.additionalSeconds * 1000, () => {
        level.release(occupant, this.#seconds())
        this.#forgetIdle(level)
      })
    }
  }

  #refusal(counters: FlowCounters, reason: RejectReason): Error {
    counters.rejected(reason)
    const seconds = this.#retryAfter.refuse(this.#seconds())
    return tooManyRequests('Too many requests, please try again later.', seconds)
  }

  #countersOf(schema: SchemaEntry): FlowCounters {
    const known = this.#counters.get(schema)
    if (known) return known
    const counters = this.#options.observer.flow(schema.level, schema.name)
    this.#counters.set(schema, counters)
    return counters
  }

  #forgetIdle(level: PriorityLevel): void {
    if (level.isQuiescing && level.isIdle) this.#levels.delete(level.name)
  }

  // A server that nobody asks anything has no seats to lend.
  #noteUse(): void {
    this.#isUsed = true
    if (this.#adjustment || this.#closed) return
    this.#adjustment = this.#options.clock.after(ADJUSTMENT_MS, () => {
      this.#adjustment = undefined
      this.#adjust()
      if (this.#isUsed) this.#noteUse()
      this.#isUsed = false
    })
  }

  #adjust(): void {
    const now = this.#seconds()
    const levels = [...this.#levels.values()].filter((level) => !level.isQuiescing)
    const exempt = levels.filter((level) => level.isExempt)
    const limited = levels.filter((level) => !level.isExempt)
    const taken = exempt.reduce((sum, level) => sum + level.claim(now).highest, 0)
    const seats = lendAndBorrow(
      limited.map((level) => level.claim(now)),
      taken,
    )
    limited.forEach((level, i) => {
      level.setCurrent(seats[i]!, now)
      this.#options.observer.limits(level.name, level.gauges)
    })
  }

  #seconds(): number {
    return this.#options.clock.monotonic() / 1000
  }
}

interface Candidate {
  readonly attributes: FlowAttributes
  readonly schema: SchemaEntry
  readonly level: PriorityLevel
  readonly facts: WorkFacts
  readonly signal: () => AbortSignal
}
