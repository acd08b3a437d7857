import type { PriorityLevelConfigurationSpec } from '../../api/flowcontrol/v1/priority-level-configuration.ts'
import { smoothedDemand, type Claim, type ConcurrencyLimits } from './concurrency.ts'
import type { Occupant, QueuedRequest } from './fair-queue.ts'
import type { FlowAttributes } from './flow-attributes.ts'
import type { LevelGauges } from './flow-observer.ts'
import { QueueSet, type Arrival, type QueueSettings } from './queue-set.ts'
import { DemandIntegrator } from './seat-demand.ts'
import { SEATS_MAX } from './work-estimate.ts'

/** A request with what the dumps show of it. */
export interface FlowRequest extends QueuedRequest {
  readonly attributes: FlowAttributes
  readonly schema: string
  readonly distinguisher: string
  readonly arrivedMs: number
  /** Called when it has waited enough. */
  dispatched: (() => void) | undefined
}

const NO_QUEUES: QueueSettings = { queues: 0, handSize: 1, queueLengthMax: 0 }
const SEATS_PART = 0.15 // Of a level's seats, so that one wide request does not hold it all.

/** One priority level at work. */
export class PriorityLevel {
  readonly name: string
  readonly #set: QueueSet<FlowRequest>
  readonly #demand: DemandIntegrator
  readonly #running = new Set<Occupant<FlowRequest>>()
  #limits: ConcurrencyLimits = { nominal: 0, min: 0, max: 0 }
  #current = 0
  #smoothed = 0
  uid = ''
  isExempt = false
  /** It has been removed and only finishes what it has. */
  isQuiescing = false
  seatsMax = 1
  readonly totals = { dispatched: 0, rejected: 0, timedOut: 0, cancelled: 0 }

  constructor(name: string, now: number) {
    this.name = name
    this.#demand = new DemandIntegrator(now)
    this.#set = new QueueSet<FlowRequest>(NO_QUEUES, 0, now, (occupant) => {
      this.#noteRunning(occupant)
      occupant.request.dispatched?.()
    })
  }

  get queueSet(): QueueSet<FlowRequest> {
    return this.#set
  }

  get running(): ReadonlySet<Occupant<FlowRequest>> {
    return this.#running
  }

  get isIdle(): boolean {
    return this.#set.seatsInUse === 0 && this.#set.waiting === 0
  }

  get gauges(): LevelGauges {
    return { ...this.#limits, current: this.#current }
  }

  configure(
    uid: string,
    spec: PriorityLevelConfigurationSpec,
    limits: ConcurrencyLimits,
    now: number,
  ): void {
    this.uid = uid
    this.isQuiescing = false
    this.isExempt = spec.type === 'Exempt'
    this.seatsMax = Math.max(1, Math.min(SEATS_MAX, Math.ceil(limits.nominal * SEATS_PART)))
    const isSame = limits.nominal === this.#limits.nominal && limits.max >= this.#current
    this.#limits = limits
    this.#set.configure(settingsOf(spec), now)
    this.setCurrent(isSame ? Math.max(this.#current, limits.min) : limits.nominal, now)
  }

  arrive(request: FlowRequest, now: number): Arrival<FlowRequest> {
    const arrival = this.#set.arrive(request, now)
    if (arrival.type === 'rejected') this.totals.rejected += 1
    if (arrival.type === 'running') this.#noteRunning(arrival.occupant)
    this.#noteDemand(now)
    return arrival
  }

  giveUp(occupant: Occupant<FlowRequest>, now: number, reason: 'time-out' | 'cancelled'): boolean {
    if (!this.#set.giveUp(occupant, now)) return false
    if (reason === 'time-out') {
      this.totals.rejected += 1
      this.totals.timedOut += 1
    } else this.totals.cancelled += 1
    this.#noteDemand(now)
    return true
  }

  finish(occupant: Occupant<FlowRequest>, now: number): void {
    this.#running.delete(occupant)
    this.#set.finish(occupant, now)
    this.#noteDemand(now)
  }

  release(occupant: Occupant<FlowRequest>, now: number): void {
    this.#set.release(occupant, now)
    this.#noteDemand(now)
  }

  /** What it needed since it was last asked. */
  claim(now: number): Claim {
    const statistics = this.#demand.read(now)
    this.#smoothed = smoothedDemand(this.#smoothed, statistics)
    return { limits: this.#limits, highest: statistics.highest, smoothed: this.#smoothed }
  }

  setCurrent(seats: number, now: number): void {
    this.#current = seats
    this.#set.setLimit(this.isExempt ? Infinity : seats, now)
  }

  // A request may be dispatched twice in a row of calls: by the set, and as what its arrival comes to.
  #noteRunning(occupant: Occupant<FlowRequest>): void {
    if (this.#running.has(occupant)) return
    this.#running.add(occupant)
    this.totals.dispatched += 1
  }

  #noteDemand(now: number): void {
    this.#demand.set(this.#set.seatDemand, now)
  }
}

function settingsOf({ type, limited }: PriorityLevelConfigurationSpec): QueueSettings {
  const queuing = limited?.limitResponse.queuing
  if (type === 'Exempt' || limited?.limitResponse.type !== 'Queue' || !queuing) return NO_QUEUES
  const { queues, handSize, queueLengthLimit } = queuing
  return { queues, handSize, queueLengthMax: queueLengthLimit }
}
