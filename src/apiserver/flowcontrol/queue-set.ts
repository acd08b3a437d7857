import { FairQueue, Occupant, type QueuedRequest } from './fair-queue.ts'
import { dealHand } from './shuffle-sharding.ts'
import type { WorkEstimate } from './work-estimate.ts'

export interface QueueSettings {
  /** How many queues there are; with none, what finds no seat is turned away. */
  readonly queues: number
  readonly handSize: number
  readonly queueLengthMax: number
}

/** What became of a request that came. */
export type Arrival<R extends QueuedRequest> =
  | { readonly type: 'running' | 'waiting'; readonly occupant: Occupant<R> }
  | { readonly type: 'rejected'; readonly reason: 'queue-full' | 'concurrency-limit' }

/** What is assumed of a request until it is over; what it really took is then settled. */
const SERVICE_SECONDS = 0.003

/**
 * Shares the seats of one priority level between flows: fair queuing for requests of unknown length on many seats
 * (KEP-1040, after Demers, Keshav and Shenker). The time is handed in with each call, in seconds; nothing here waits.
 *
 * `progress` is the service in seat-seconds that a queue would have had by now that always had something to do: it grows
 * by the seats in use, divided by the queues that want them. A queue's `nextDispatchR` is its account: what it was
 * served moves it on, and the queue whose oldest request would be finished first, by that account, goes next. So with
 * two seats, an elephant that fills queue A with a hundred requests and a mouse that sends one now and then to queue B:
 * A's account is far ahead of the progress, B's is set to the progress when the mouse comes, and it is served next.
 */
export class QueueSet<R extends QueuedRequest> {
  readonly #onDispatch: (occupant: Occupant<R>) => void
  #settings: QueueSettings
  #limit: number
  #queues: FairQueue<R>[] = []
  #hands = new Map<number, readonly FairQueue<R>[]>()
  #progress = 0
  #progressAt: number
  #active = 0
  #robin = 0
  #seatsWaiting = 0
  /** The seats that queues are being charged for. */
  #seatsCharged = 0
  seatsInUse = 0
  waiting = 0
  running = 0

  constructor(
    settings: QueueSettings,
    limit: number,
    now: number,
    onDispatch: (occupant: Occupant<R>) => void,
  ) {
    this.#onDispatch = onDispatch
    this.#settings = settings
    this.#limit = limit
    this.#progressAt = now
    this.#addQueues()
  }

  get queues(): readonly FairQueue<R>[] {
    return this.#queues
  }

  get activeQueues(): number {
    return this.#active
  }

  /** Seats that would be in use if there were enough. */
  get seatDemand(): number {
    return this.seatsInUse + this.#seatsWaiting
  }

  /** The set's progress, in seat-seconds for each queue. */
  progress(now: number): number {
    this.#advance(now)
    return this.#progress
  }

  /** Queues that are no longer wanted stay until they are empty. */
  configure(settings: QueueSettings, now: number): void {
    this.#advance(now)
    this.#settings = settings
    this.#hands.clear()
    this.#addQueues()
    this.#dropQueues()
    this.#dispatch(now)
  }

  /** How many seats may be in use at once. */
  setLimit(limit: number, now: number): void {
    this.#advance(now)
    this.#limit = limit
    this.#dispatch(now)
  }

  arrive(request: R, now: number): Arrival<R> {
    this.#advance(now)
    if (this.#settings.queues === 0) return this.#arriveWithoutQueue(request, now)
    const queue = this.#shortestInHand(request.hash)
    if (queue.waiting.size >= this.#settings.queueLengthMax) {
      return { type: 'rejected', reason: 'queue-full' }
    }
    const occupant = new Occupant(request, now, this.#progress, queue)
    this.#enqueue(queue, occupant)
    this.#dispatch(now)
    return { type: occupant.state === 'waiting' ? 'waiting' : 'running', occupant }
  }

  /** Lets a request go that waits no longer; false where it does not wait. */
  giveUp(occupant: Occupant<R>, now: number): boolean {
    if (occupant.state !== 'waiting') return false
    this.#advance(now)
    this.#dequeue(occupant)
    occupant.state = 'gone'
    this.#dispatch(now)
    return true
  }

  /** The request has been answered. Where it has work left behind, its seats are held until `release()`. */
  finish(occupant: Occupant<R>, now: number): void {
    this.#advance(now)
    const { queue, request, startedAt } = occupant
    const { initialSeats, finalSeats, additionalSeconds } = request.estimate
    occupant.state = 'lingering'
    this.#seatsCharged += finalSeats - initialSeats
    this.running -= 1
    if (queue) {
      const wasActive = queue.isActive
      queue.running -= 1
      queue.nextDispatchR += workOf(request.estimate, now - startedAt) - workOf(request.estimate)
      this.#noteActivity(queue, wasActive)
    }
    if (additionalSeconds === 0) this.release(occupant, now)
  }

  /** Nothing is left to do for the request. */
  release(occupant: Occupant<R>, now: number): void {
    this.#advance(now)
    occupant.state = 'gone'
    this.seatsInUse -= occupant.seats
    this.#seatsCharged -= occupant.request.estimate.finalSeats
    if (occupant.queue) {
      occupant.queue.seatsInUse -= occupant.seats
      this.#dropQueues()
    }
    this.#dispatch(now)
  }

  #arriveWithoutQueue(request: R, now: number): Arrival<R> {
    const occupant = new Occupant(request, now, this.#progress)
    if (!this.#fits(occupant.seats)) return { type: 'rejected', reason: 'concurrency-limit' }
    this.#run(occupant, now)
    return { type: 'running', occupant }
  }

  #enqueue(queue: FairQueue<R>, occupant: Occupant<R>): void {
    const wasActive = queue.isActive
    // An idle queue saves nothing up for later.
    if (!wasActive) queue.nextDispatchR = this.#progress
    queue.waiting.add(occupant)
    queue.waitingWork += workOf(occupant.request.estimate)
    this.waiting += 1
    this.#seatsWaiting += occupant.seats
    this.#noteActivity(queue, wasActive)
    this.#boundDispatch(queue)
  }

  #dequeue(occupant: Occupant<R>): void {
    const queue = occupant.queue!
    const wasActive = queue.isActive
    queue.waiting.delete(occupant)
    queue.waitingWork -= workOf(occupant.request.estimate)
    this.waiting -= 1
    this.#seatsWaiting -= occupant.seats
    this.#noteActivity(queue, wasActive)
    this.#boundDispatch(queue)
  }

  // What could not be used before a request came must not be caught up on by it.
  #boundDispatch(queue: FairQueue<R>): void {
    const oldest = queue.oldest()
    if (oldest) queue.nextDispatchR = Math.max(queue.nextDispatchR, oldest.arrivalR)
  }

  #dispatch(now: number): void {
    while (this.waiting > 0) {
      const next = this.#next()
      if (!next || !this.#fits(next.seats)) return
      const queue = next.queue!
      const work = workOf(next.request.estimate)
      this.#robin = queue.index
      this.#run(next, now)
      queue.nextDispatchR += work
      this.#dequeue(next)
      this.#onDispatch(next)
    }
  }

  /** The request that would be finished first if every queue had its share of the seats. */
  #next(): Occupant<R> | undefined {
    let best: Occupant<R> | undefined
    let bestFinish = Infinity
    const count = this.#queues.length
    for (let i = 1; i <= count; i++) {
      const queue = this.#queues[(this.#robin + i) % count]!
      const oldest = queue.oldest()
      if (!oldest) continue
      const finish = queue.nextDispatchR + workOf(oldest.request.estimate)
      if (finish < bestFinish) [best, bestFinish] = [oldest, finish]
    }
    return best
  }

  // What needs more than there is runs alone.
  #fits(seats: number): boolean {
    return this.seatsInUse === 0 || this.seatsInUse + seats <= this.#limit
  }

  #run(occupant: Occupant<R>, now: number): void {
    const { queue, seats } = occupant
    occupant.state = 'running'
    occupant.startedAt = now
    this.running += 1
    this.seatsInUse += seats
    this.#seatsCharged += occupant.request.estimate.initialSeats
    if (!queue) return
    queue.running += 1
    queue.seatsInUse += seats
  }

  // By what is really served, as the queues' accounts are: by the seats that could be used, as upstream does, it would
  // run away from them where wide requests leave seats free, and who comes late would wait for ever longer.
  #advance(now: number): void {
    const seconds = now - this.#progressAt
    if (this.#active > 0) this.#progress += (seconds * this.#seatsCharged) / this.#active
    this.#progressAt = now
  }

  #noteActivity(queue: FairQueue<R>, wasActive: boolean): void {
    if (queue.isActive !== wasActive) this.#active += wasActive ? -1 : 1
  }

  #shortestInHand(hash: number): FairQueue<R> {
    let best: FairQueue<R> | undefined
    let bestWork = Infinity
    for (const queue of this.#handOf(hash)) {
      const work = queue.waitingWork + queue.seatsInUse * SERVICE_SECONDS
      if (work < bestWork) [best, bestWork] = [queue, work]
    }
    return best!
  }

  #handOf(hash: number): readonly FairQueue<R>[] {
    const known = this.#hands.get(hash)
    if (known) return known
    if (this.#hands.size >= HANDS_MAX) this.#hands.clear()
    const { queues, handSize } = this.#settings
    const hand = dealHand(hash, queues, handSize).map((index) => this.#queues[index]!)
    this.#hands.set(hash, hand)
    return hand
  }

  #addQueues(): void {
    while (this.#queues.length < this.#settings.queues) {
      this.#queues.push(new FairQueue(this.#queues.length))
    }
  }

  #dropQueues(): void {
    while (this.#queues.length > this.#settings.queues) {
      const last = this.#queues.at(-1)!
      if (last.isActive || last.seatsInUse > 0) return
      this.#queues.pop()
    }
  }
}

const HANDS_MAX = 10_000 // Flows whose hand is remembered; dealing it again costs about a microsecond.

function workOf(
  { initialSeats, finalSeats, additionalSeconds }: WorkEstimate,
  seconds = SERVICE_SECONDS,
): number {
  return initialSeats * seconds + finalSeats * additionalSeconds
}
