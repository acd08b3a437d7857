import { maxSeats, type WorkEstimate } from './work-estimate.ts'

/** A request as the queues see it. Times are in seconds. */
export interface QueuedRequest {
  readonly hash: number
  readonly estimate: WorkEstimate
}

/** A request that has come, until its last seat is free. */
export class Occupant<R extends QueuedRequest = QueuedRequest> {
  readonly request: R
  readonly seats: number
  readonly arrivedAt: number
  /** The progress of the set of queues when it came. */
  readonly arrivalR: number
  /** Absent where the set has no queues. */
  readonly queue: FairQueue<R> | undefined
  state: 'waiting' | 'running' | 'lingering' | 'gone' = 'waiting'
  startedAt = 0

  constructor(request: R, arrivedAt: number, arrivalR: number, queue?: FairQueue<R>) {
    this.request = request
    this.seats = maxSeats(request.estimate)
    this.arrivedAt = arrivedAt
    this.arrivalR = arrivalR
    this.queue = queue
  }
}

/** One queue of a set: what waits in it, and how much of the set's service it has had. */
export class FairQueue<R extends QueuedRequest = QueuedRequest> {
  readonly index: number
  /** In order of arrival. */
  readonly waiting = new Set<Occupant<R>>()
  /** The sum of what those that wait are thought to cost, in seat-seconds. */
  waitingWork = 0
  running = 0
  seatsInUse = 0
  /** How far the set's progress must be for the oldest request to have its turn. */
  nextDispatchR = 0

  constructor(index: number) {
    this.index = index
  }

  /** Whether it takes part in the sharing of seats. */
  get isActive(): boolean {
    return this.waiting.size > 0 || this.running > 0
  }

  /** The one that has waited longest. */
  oldest(): Occupant<R> | undefined {
    for (const first of this.waiting) return first
    return undefined
  }
}
