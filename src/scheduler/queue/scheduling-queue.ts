import type { Pod } from '../../api/core/v1/pod.ts'
import { backoffMs, type Backoff } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { podInfo } from '../cache/pod-info.ts'
import { eventLabel, type ClusterEvent } from '../framework/cluster-event.ts'
import type { Sortable } from '../framework/plugin.ts'
import type { Status } from '../framework/status.ts'
import { EventLog } from './event-log.ts'
import type { HintMap } from './hints.ts'
import { LazyHeap } from './lazy-heap.ts'
import { queuedPod, NOBODY, type Place, type QueuedPod } from './queued-pod.ts'

export interface SchedulingQueueOptions {
  readonly clock: Clock
  /** Which Pod goes first. */
  readonly compare: (a: Sortable, b: Sortable) => number
  /** Whether a Pod may be tried at all. */
  readonly preEnqueue: (pod: Pod) => Status | undefined
  readonly hintsOf: (pod: Pod) => HintMap | undefined
  /** There is a Pod to pop. */
  readonly onReady: () => void
  /** A Pod is held back before any try. */
  readonly onGated?: (pod: Pod, status: Status) => void
  /** A Pod came into a place because of an event. */
  readonly onQueued?: (place: Place, event: string) => void
  readonly backoff?: Backoff
  /** How long a Pod waits for events before it is tried again in any case. */
  readonly flushMs?: number
}

const BACKOFF: Backoff = { baseMs: 1000, maxMs: 10_000 }
// Waits that end within one second end together, so that priority decides who goes first.
const WINDOW_MS = 1000
const FLUSH_MS = 5 * 60_000
const WAITING: ReadonlySet<Place> = new Set(['unschedulable', 'backoff', 'gated'])
const FAILURE = 'ScheduleAttemptFailure'

/**
 * The Pods without a node.
 *
 *     active ──pop──▶ in flight ──rejected──▶ unschedulable ──event that may help──▶ backoff or active
 *       ▲                  └───────error────▶ backoff ──time──▶ active
 *       └── gated, until PreEnqueue lets it through
 *
 * Nothing is polled: Pods move when an event comes or their time is up.
 */
export class SchedulingQueue {
  readonly #options: SchedulingQueueOptions
  readonly #pods = new Map<string, QueuedPod>()
  readonly #active: LazyHeap
  readonly #backoff: LazyHeap
  readonly #unschedulable = new Set<QueuedPod>()
  /** Gated Pods by the plugin that holds them back, so that only its events make anybody look at them. */
  readonly #gated = new Map<string, Set<QueuedPod>>()
  readonly #log = new EventLog()
  readonly #counts = { active: 0, backoff: 0, unschedulable: 0, gated: 0, inFlight: 0, gone: 0 }
  #timer: (Disposable & { readonly dueMs: number }) | undefined
  #closed = false

  constructor(options: SchedulingQueueOptions) {
    this.#options = options
    this.#active = new LazyHeap(options.compare)
    this.#backoff = new LazyHeap(
      (a, b) => a.backoffUntilMs - b.backoffUntilMs || options.compare(a, b),
    )
  }

  /** How many Pods are in each place. */
  get counts(): Readonly<Record<Place, number>> {
    return this.#counts
  }

  get(uid: string): QueuedPod | undefined {
    return this.#pods.get(uid)
  }

  /** All waiting Pods. */
  list(): Iterable<QueuedPod> {
    return this.#pods.values()
  }

  /** Takes in a new Pod. */
  add(pod: Pod): void {
    const queued = queuedPod(pod, this.#now())
    this.#pods.set(queued.info.uid, queued)
    this.#activate(queued, 'PodAdd')
  }

  /** A waiting Pod has changed; `event` tells in what, where that can matter. */
  update(pod: Pod, event: ClusterEvent | undefined): void {
    const queued = this.#pods.get(pod.metadata.uid)
    if (!queued) return this.add(pod)
    queued.info = podInfo(pod)
    if (!event) return
    this.#log.note(event)
    if (queued.place === 'gated') this.#activate(queued, eventLabel(event))
    else if (queued.place === 'unschedulable') this.#consider(queued, event)
    else if (queued.place === 'active') this.#move(queued, 'active')
  }

  delete(uid: string): void {
    const queued = this.#pods.get(uid)
    if (!queued) return
    this.#log.end(uid)
    this.#move(queued, 'gone')
    this.#pods.delete(uid)
  }

  /** The next Pod to try. Give it back with `reject`, `retry` or `done`. */
  pop(): QueuedPod | undefined {
    // With nothing else to do, there is no use in letting a Pod sit out its wait, unless something is broken.
    const queued = this.#active.pop() ?? this.#earlyBird()
    if (!queued) return undefined
    queued.attempts += 1
    this.#move(queued, 'inFlight')
    this.#log.begin(queued.info.uid)
    return queued
  }

  /** The Pod is on its way to a node: what happens now is no longer the queue's business. */
  done(uid: string): void {
    this.#log.end(uid)
  }

  /** The Pod does not fit. It waits for an event that may help; one during the cycle counts. */
  reject(
    queued: QueuedPod,
    rejectedBy: ReadonlySet<string>,
    pendingOn: ReadonlySet<string> = NOBODY,
  ): void {
    if (this.#pods.get(queued.info.uid) !== queued) return
    queued.rejections += 1
    queued.errors = 0
    this.#setBackoff(queued, queued.rejections)
    Object.assign(queued, { rejectedBy, pendingOn })
    const missed = this.#log.end(queued.info.uid)
    this.#enter(queued, 'unschedulable', FAILURE)
    for (const event of missed) {
      if (queued.place === 'unschedulable') this.#consider(queued, event)
    }
    this.#schedule()
  }

  /** Something went wrong: the Pod is tried again after its wait. */
  retry(queued: QueuedPod): void {
    if (this.#pods.get(queued.info.uid) !== queued) return
    queued.errors += 1
    queued.rejections = 0
    this.#setBackoff(queued, queued.errors)
    Object.assign(queued, { rejectedBy: NOBODY, pendingOn: NOBODY })
    this.#log.end(queued.info.uid)
    this.#enter(queued, 'backoff', FAILURE)
    this.#schedule()
  }

  /** Something happened in the cluster: Pods that it may help are tried again, but for those that it does not concern. */
  onEvent(event: ClusterEvent, concerns: (pod: Pod) => boolean = () => true): void {
    this.#log.note(event)
    for (const queued of Array.from(this.#unschedulable))
      if (concerns(queued.info.pod)) this.#consider(queued, event)
    for (const [plugin, pods] of this.#gated) {
      const [first] = pods
      const hints = first && this.#options.hintsOf(first.info.pod)
      if (!hints?.isAwaitedBy(plugin, event)) continue
      for (const queued of Array.from(pods)) this.#consider(queued, event)
    }
  }

  /** Tries these Pods again without a wait. */
  activate(uids: Iterable<string>): void {
    for (const uid of uids) {
      const queued = this.#pods.get(uid)
      if (queued && WAITING.has(queued.place)) this.#activate(queued, 'ForceActivate')
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#timer?.[Symbol.dispose]()
  }

  #now(): number {
    return this.#options.clock.monotonic()
  }

  #setBackoff(queued: QueuedPod, failures: number): void {
    const untilMs = this.#now() + backoffMs(this.#options.backoff ?? BACKOFF, failures)
    queued.backoffUntilMs = untilMs - (untilMs % WINDOW_MS)
  }

  #consider(queued: QueuedPod, event: ClusterEvent): void {
    const hints = this.#options.hintsOf(queued.info.pod)
    const verdict = hints?.verdict(queued, event) ?? 'queue'
    if (verdict === 'stay') return
    const label = eventLabel(event)
    if (verdict === 'queue' && queued.backoffUntilMs > this.#now()) this.#toBackoff(queued, label)
    else this.#activate(queued, label)
  }

  #toBackoff(queued: QueuedPod, event: string): void {
    this.#enter(queued, 'backoff', event)
    this.#schedule()
    // An idle scheduler takes it at once.
    this.#options.onReady()
  }

  #earlyBird(): QueuedPod | undefined {
    const queued = this.#backoff.peek()
    if (!queued || queued.errors > 0) return undefined
    if (this.#options.preEnqueue(queued.info.pod)) return undefined
    return this.#backoff.pop()
  }

  #activate(queued: QueuedPod, event: string): void {
    const status = this.#options.preEnqueue(queued.info.pod)
    if (!status) {
      queued.firstMs = Math.min(queued.firstMs, this.#now())
      this.#enter(queued, 'active', event)
      this.#options.onReady()
      return
    }
    this.#ungate(queued)
    queued.rejectedBy = new Set(status.plugin === undefined ? [] : [status.plugin])
    this.#gate(queued)
    if (queued.place !== 'gated') {
      this.#enter(queued, 'gated', event)
      this.#options.onGated?.(queued.info.pod, status)
    }
  }

  #gate(queued: QueuedPod): void {
    for (const plugin of queued.rejectedBy)
      this.#gated.getOrInsertComputed(plugin, () => new Set()).add(queued)
  }

  #ungate(queued: QueuedPod): void {
    for (const plugin of queued.rejectedBy) this.#gated.get(plugin)?.delete(queued)
  }

  #enter(queued: QueuedPod, place: Place, event: string): void {
    this.#move(queued, place)
    this.#options.onQueued?.(place, event)
  }

  #move(queued: QueuedPod, place: Place): void {
    this.#counts[queued.place] -= 1
    this.#counts[place] += 1
    if (queued.place === 'unschedulable') this.#unschedulable.delete(queued)
    if (queued.place === 'gated') this.#ungate(queued)
    queued.place = place
    // Waiting longer counts from the time at which a Pod could be tried, not from its first day.
    if (place !== 'inFlight') queued.sinceMs = this.#now()
    queued.version += 1
    if (place === 'active') {
      this.#active.sweep(this.#counts.active)
      this.#active.push(queued)
    } else if (place === 'backoff') {
      this.#backoff.sweep(this.#counts.backoff)
      this.#backoff.push(queued)
    } else if (place === 'unschedulable') this.#unschedulable.add(queued)
  }

  /** Sets the one timer to when the next Pod's time is up. */
  #schedule(): void {
    if (this.#closed) return
    const dueMs = Math.min(
      this.#backoff.peek()?.backoffUntilMs ?? Infinity,
      // In order of coming, so that the first has waited longest.
      (this.#unschedulable.values().next().value?.sinceMs ?? Infinity) + this.#flushMs(),
    )
    if (this.#timer?.dueMs === dueMs) return
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    if (dueMs === Infinity) return
    const timer = this.#options.clock.after(Math.max(0, dueMs - this.#now()), () => {
      this.#timer = undefined
      this.#flush()
    })
    this.#timer = { dueMs, [Symbol.dispose]: () => timer[Symbol.dispose]() }
  }

  #flush(): void {
    const nowMs = this.#now()
    for (;;) {
      const queued = this.#backoff.peek()
      if (!queued || queued.backoffUntilMs > nowMs) break
      this.#backoff.pop()
      this.#activate(queued, 'BackoffComplete')
    }
    for (const queued of this.#unschedulable) {
      if (queued.sinceMs + this.#flushMs() > nowMs) break
      this.#activate(queued, 'UnschedulableTimeout')
    }
    this.#schedule()
  }

  #flushMs(): number {
    return this.#options.flushMs ?? FLUSH_MS
  }
}
