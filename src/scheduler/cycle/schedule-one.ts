import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { ClusterCache } from '../cache/cluster-cache.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import type { Extender } from '../extender/extender.ts'
import { chain, rescue } from '../framework/chain.ts'
import { DELETE } from '../framework/cluster-event.ts'
import { fitMessage, type FitFailure } from '../framework/fit-error.ts'
import type { Profile } from '../framework/profile.ts'
import { failed, isRejected, messageOf, type Status } from '../framework/status.ts'
import { areOfOneGang } from '../gangs.ts'
import type { AttemptResult, SchedulerMetrics } from '../metrics/scheduler-metrics.ts'
import type { QueuedPod } from '../queue/queued-pod.ts'
import type { SchedulingQueue } from '../queue/scheduling-queue.ts'
import { bind, reserve, unreserve } from './binding.ts'
import type { Choice, Chooser } from './choose-node.ts'
import type { Nominator } from './nominator.ts'
import { permit, type PermitOutcome, type WaitingPod } from './permit.ts'

/** Tells users how it went. */
export interface Reporter {
  scheduled(pod: PodInfo, nodeName: string): void
  failed(
    pod: PodInfo,
    reason: 'Unschedulable' | 'SchedulerError',
    message: string,
    nominated?: string,
  ): void
}

export interface CycleOptions {
  readonly profileOf: (schedulerName: string) => Profile | undefined
  readonly cache: ClusterCache
  readonly queue: SchedulingQueue
  readonly chooser: Chooser
  readonly nominator: Nominator
  readonly reporter: Reporter
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: SchedulerMetrics
  readonly waiting: Map<string, WaitingPod>
  /** Lets other Pods have their turn while a binding waits for somebody else. */
  readonly outside: <T>(wait: Promise<T>) => Promise<T>
  /** Tries no other Pod until this is done. */
  readonly alone: <T>(choice: Promise<T>) => Promise<T>
  readonly extenders: readonly Extender[]
  /** Whether the Pod is still there to be scheduled. */
  readonly isWaiting: (pod: PodInfo) => boolean
}

/**
 * Tries one Pod: chooses a node and gives a promise of its binding where there is one. The choice is made at once, unless
 * somebody outside has to be asked.
 */
export function scheduleOne(options: CycleOptions, queued: QueuedPod): Promise<void> | undefined {
  const { queue, chooser, profileOf } = options
  const pod = queued.info
  const profile = profileOf(pod.pod.spec.schedulerName)
  if (!profile || !options.isWaiting(pod) || options.cache.has(pod.uid)) {
    queue.delete(pod.uid)
    return undefined
  }
  const attempt = beginAttempt(options, profile)
  // A plugin that throws is broken, but not for every Pod.
  const acted = rescue(
    () =>
      chain(chooser.choose(profile, pod), (choice) =>
        act(options, profile, queued, attempt, choice),
      ),
    (error) => {
      giveBack(options, queued, attempt, failed(error))
      return DONE
    },
  )
  return acted instanceof Promise ? bindingOf(options.alone(acted)) : acted.binding
}

/** A choice that was acted on, and what goes on beside the next cycles. */
interface Acted {
  readonly binding: Promise<void> | undefined
}

const DONE: Acted = { binding: undefined }

async function bindingOf(acted: Promise<Acted>): Promise<void> {
  const { binding } = await acted
  await binding
}

function act(
  options: CycleOptions,
  profile: Profile,
  queued: QueuedPod,
  attempt: Attempt,
  choice: Choice,
): Acted | Promise<Acted> {
  options.metrics.searched(attempt.ms())
  switch (choice.type) {
    case 'fits':
      return { binding: place(options, profile, queued, attempt, choice) }
    case 'unfit':
      return chain(turnAway(options, profile, queued, choice), () => {
        attempt.ended('unschedulable')
        return DONE
      })
    case 'error':
      giveBack(options, queued, attempt, choice.status)
      return DONE
    default:
      return choice satisfies never
  }
}

/** One try of a Pod, to be told of when it has ended. */
interface Attempt {
  /** So long since it began. */
  ms(): number
  ended(result: AttemptResult): void
}

function beginAttempt({ metrics, clock }: CycleOptions, { schedulerName }: Profile): Attempt {
  const startMs = clock.monotonic()
  const ms = (): number => clock.monotonic() - startMs
  return { ms, ended: (result) => metrics.attempted(schedulerName, result, ms()) }
}

function place(
  options: CycleOptions,
  profile: Profile,
  queued: QueuedPod,
  attempt: Attempt,
  fits: Fits,
): Promise<void> | undefined {
  const leave = takePlace(options, profile, queued.info, fits)
  if (leave.type === 'stop') {
    giveBack(options, queued, attempt, leave.status)
    return undefined
  }
  const outcome = leave.type === 'wait' ? leave.outcome : undefined
  return bindingCycle(options, profile, queued, attempt, fits, outcome)
}

/** Assumes a Pod to be on its node, and asks for leave to go there. Nothing is kept where one says no, or throws. */
function takePlace(
  { cache, clock, waiting }: CycleOptions,
  profile: Profile,
  pod: PodInfo,
  { state, nodeName }: Fits,
): PermitOutcome {
  using undo = new DisposableStack()
  cache.assume(pod, nodeName)
  undo.defer(() => cache.forget(pod.uid))
  undo.defer(() => unreserve(profile, state, pod, nodeName))
  const refused = reserve(profile, state, pod, nodeName)
  if (refused) return { type: 'stop', status: refused }
  const leave = permit(profile, waiting, clock, state, pod, nodeName)
  if (leave.type !== 'stop') undo.move()
  return leave
}

type Fits = Pick<Extract<Choice, { type: 'fits' }>, 'state' | 'nodeName'>

/** Runs beside the next cycles. */
async function bindingCycle(
  options: CycleOptions,
  profile: Profile,
  queued: QueuedPod,
  attempt: Attempt,
  fits: Fits,
  leave: Promise<Status | undefined> | undefined,
): Promise<void> {
  const { queue, nominator, reporter } = options
  const { nodeName } = fits
  const pod = queued.info
  const failure = await goTo(options, profile, pod, fits, leave).catch(failed)
  if (!failure) {
    nominator.delete(pod.uid)
    queue.delete(pod.uid)
    reporter.scheduled(pod, nodeName)
    attempt.ended('scheduled')
    options.metrics.bound(queued.attempts, options.clock.monotonic() - queued.firstMs)
    return
  }
  // To others it is as if a Pod had left the node. Those of its gang it was to help from the beginning.
  const before = { ...pod.pod, spec: { ...pod.pod.spec, nodeName } }
  queue.onEvent(
    { resource: 'AssignedPod', action: DELETE, before },
    (other) => !areOfOneGang(other, before),
  )
  giveBack(options, queued, attempt, failure)
}

/** Binds a Pod once it has leave. What was reserved is given up again unless that succeeds. */
async function goTo(
  options: CycleOptions,
  profile: Profile,
  pod: PodInfo,
  { state, nodeName }: Fits,
  leave: Promise<Status | undefined> | undefined,
): Promise<Status | undefined> {
  await using undo = new AsyncDisposableStack()
  undo.defer(() => options.cache.forget(pod.uid))
  undo.defer(() => unreserve(profile, state, pod, nodeName))
  const refused = leave && (await untilPermitted(options, options.outside(leave)))
  if (refused) return refused
  options.queue.done(pod.uid)
  const failure = await bind(profile, state, pod, nodeName, options)
  if (!failure) undo.move()
  return failure
}

async function untilPermitted(
  { metrics, clock }: CycleOptions,
  leave: Promise<Status | undefined>,
): Promise<Status | undefined> {
  const startMs = clock.monotonic()
  const status = await leave
  metrics.permitWaited(status?.code ?? 'Success', clock.monotonic() - startMs)
  return status
}

function turnAway(
  options: CycleOptions,
  profile: Profile,
  queued: QueuedPod,
  { state, failure }: Extract<Choice, { type: 'unfit' }>,
): void | Promise<void> {
  const { queue, reporter, nominator } = options
  const pod = queued.info
  if (failure.nodeCount === 0) {
    queue.reject(queued, failure.plugins)
    reporter.failed(pod, 'Unschedulable', NO_NODES)
    profile.turnedAway(pod)
    return undefined
  }
  return chain(profile.postFilter(state, pod, statusesOf(options, failure)), (after) => {
    const nominated = after.nominatedNodeName
    if (nominated !== undefined) nominator.set(pod, nominated)
    const plugins =
      after.plugin === undefined ? failure.plugins : new Set([...failure.plugins, after.plugin])
    const message = fitMessage({ ...failure, postFilterMessage: after.message })
    queue.reject(queued, plugins, failure.pendingPlugins)
    reporter.failed(pod, 'Unschedulable', message, nominated)
    if (!nominated) profile.turnedAway(pod)
  })
}

const NO_NODES = 'no nodes available to schedule pods'

/** The verdict on every node, those that PreFilter ruled out as one included. */
function statusesOf(
  { cache }: CycleOptions,
  { statuses, absent }: FitFailure,
): ReadonlyMap<string, Status> {
  if (!absent) return statuses
  return new Map(cache.list().map(({ name }) => [name, statuses.get(name) ?? absent]))
}

/** After the choice of a node something said no. */
function giveBack(
  { queue, reporter, logger }: CycleOptions,
  queued: QueuedPod,
  attempt: Attempt,
  status: Status,
): void {
  const pod = queued.info
  const message = messageOf(status)
  attempt.ended(isRejected(status) ? 'unschedulable' : 'error')
  if (isRejected(status)) {
    queue.reject(queued, new Set(status.plugin === undefined ? [] : [status.plugin]))
    reporter.failed(pod, 'Unschedulable', message)
    return
  }
  const { namespace, name } = pod.pod.metadata
  logger.warn('Cannot schedule a Pod; trying again', { pod: `${namespace}/${name}`, message })
  queue.retry(queued)
  reporter.failed(pod, 'SchedulerError', message)
}
