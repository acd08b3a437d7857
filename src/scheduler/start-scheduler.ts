import { Node } from '../api/core/v1/node.ts'
import { isPodTerminal } from '../api/core/v1/pod-conditions.ts'
import { Pod } from '../api/core/v1/pod.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { Client } from '../client/client.ts'
import type { Informer } from '../client/informer.ts'
import { createInformers, type SharedInformers } from '../client/shared-informers.ts'
import { ClusterCache } from './cache/cluster-cache.ts'
import { commonKnowledge } from './common-knowledge.ts'
import { nodeActions, podActions } from './cluster-changes.ts'
import { createChooser } from './cycle/choose-node.ts'
import { Nominator } from './cycle/nominator.ts'
import type { WaitingPod } from './cycle/permit.ts'
import { createReporter } from './cycle/reporter.ts'
import { scheduleOne, type CycleOptions } from './cycle/schedule-one.ts'
import { runCycles } from './cycle/run-cycles.ts'
import type { ExtenderConfiguration } from './config/scheduler-configuration.ts'
import { createExtender, type SendToExtender } from './extender/extender.ts'
import { DEFAULT_SETTINGS } from './config/default-settings.ts'
import type { SchedulerSettings } from './config/scheduler-settings.ts'
import { PLUGINS, profileParts, type PluginFactory } from './default-plugins.ts'
import { ADD, DELETE, type ClusterEvent, type EventResource } from './framework/cluster-event.ts'
import { followResources } from './follow-resources.ts'
import type { Handle } from './framework/handle.ts'
import { Profile } from './framework/profile.ts'
import { measuredProfile, profileObserver } from './metrics/profile-observer.ts'
import { schedulerState } from './metrics/scheduler-state.ts'
import { noMetrics, type SchedulerMetrics } from './metrics/scheduler-metrics.ts'
import { messageOf } from './framework/status.ts'
import type { ServedChoice } from './optional-kinds.ts'
import { HintMap } from './queue/hints.ts'
import { SchedulingQueue } from './queue/scheduling-queue.ts'
import { servedInformers } from './served-informers.ts'

/** What may be chosen of how a scheduler works. */
export interface SchedulerChoice extends ServedChoice {
  /** The defaults where absent: one profile, for `default-scheduler`. */
  readonly settings?: SchedulerSettings
  /** Whom to tell what happens: nobody where absent. */
  readonly metrics?: SchedulerMetrics
  /** Reaches the extenders of the settings. */
  readonly connectExtender?: (
    config: ExtenderConfiguration,
  ) => { readonly send: SendToExtender } & Disposable
}

export interface SchedulerOptions extends SchedulerChoice {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Caches to share with others; whoever made them starts them. Own ones where absent. */
  readonly informers?: SharedInformers
  /** Plugins besides those that are built in, by name. */
  readonly plugins?: Readonly<Record<string, PluginFactory>>
}

const SAMPLED_CYCLES = 100 // One in so many is measured plugin by plugin.

/** Gives Pods without a node to nodes until disposed. Throws `PluginSelectionError` where the settings make no sense. */
export function startScheduler(options: SchedulerOptions): AsyncDisposable {
  const { client, clock, random, logger, settings = DEFAULT_SETTINGS } = options
  const { metrics = noMetrics } = options
  const factories = { ...PLUGINS, ...options.plugins }
  const stack = new AsyncDisposableStack()
  const all = options.informers ?? stack.use(createInformers(options))
  const informers = servedInformers(all, options.served ?? [])
  const nodes = informers.informer(Node)
  const pods = informers.informer(Pod)
  const cache = new ClusterCache()
  const nominator = new Nominator((nodeName) => cache.touch(nodeName))
  const current = ({ metadata }: Pod): Pod | undefined => pods.cache.get(metadata)
  const waitingPods = new Map<string, WaitingPod>()
  const extenders = settings.extenders.map((config) => {
    const connection = options.connectExtender?.(config)
    if (!connection) throw new Error('Cannot reach extenders: no connection is handed in')
    return createExtender(config, stack.use(connection).send)
  })
  const reporter = createReporter({ client, clock, logger, current })
  stack.defer(() => reporter.flush())
  const needed = new Set<Pick<Informer<unknown>, 'waitForSync'>>([nodes, pods])
  const stop = new AbortController()
  const followed: SharedInformers = {
    ...informers,
    informer(type, scope) {
      const informer = informers.informer(type, scope)
      needed.add(informer)
      return subscribingUntil(stack, informer)
    },
  }
  const handle: Handle = {
    ...commonKnowledge(followed, options),
    client,
    signal: stop.signal,
    informers: followed,
    clock,
    random,
    logger,
    nodes: cache,
    nominator,
    extenders,
    waitingPods,
    preempted: (victims) => metrics.preempted(victims),
    tell: (pod, reason, message) => reporter.tell(pod, reason, message),
    activate: (uid) => queue.activate([uid]),
  }
  const isMeasured = metrics !== noMetrics
  const profiles = new Map(
    settings.profiles.map((each) => [
      each.schedulerName,
      new Profile(each.schedulerName, {
        ...profileParts(handle, each, factories),
        ...(isMeasured && { observer: profileObserver(each.schedulerName, metrics, clock) }),
      }),
    ]),
  )
  const profileOf = isMeasured
    ? sampledProfiles(profiles, metrics, clock)
    : (name: string) => profiles.get(name)
  const hints = new Map(
    [...profiles].map(([name, { parts }]) => [name, new HintMap(parts.plugins)]),
  )
  const queue = stack.use(
    new SchedulingQueue({
      clock,
      // There is one queue, so all profiles must sort alike.
      compare: (a, b) => profiles.values().next().value?.compare(a, b) ?? 0,
      preEnqueue: (pod) => profiles.get(pod.spec.schedulerName)?.preEnqueue(pod),
      hintsOf: (pod) => hints.get(pod.spec.schedulerName),
      onReady: () => cycles.wake(),
      onQueued: (place, event) => metrics.queued(place, event),
      backoff: {
        baseMs: settings.podInitialBackoffSeconds * 1000,
        maxMs: settings.podMaxBackoffSeconds * 1000,
      },
      onGated: (pod, status) => reporter.gated(pod, messageOf(status)),
    }),
  )
  const cycle: CycleOptions = {
    profileOf,
    metrics,
    cache,
    queue,
    chooser: createChooser({ nodes: cache, nominator, random, extenders, logger }),
    nominator,
    reporter,
    clock,
    logger,
    waiting: waitingPods,
    outside: (wait) => cycles.outside(wait),
    alone: (choice) => cycles.alone(choice),
    extenders,
    isWaiting: ({ pod, uid }) => {
      const newest = current(pod)
      return newest?.metadata.uid === uid && newest.metadata.deletionTimestamp === undefined
    },
  }
  const cycles = stack.use(
    runCycles({ clock, logger, pop: () => queue.pop(), run: (each) => scheduleOne(cycle, each) }),
  )

  stack.use(metrics.running(() => schedulerState(cache, queue, cycles)))

  const tell = (event: ClusterEvent): void => {
    for (const each of hints.values()) {
      if (each.concerns(event)) return queue.onEvent(event)
    }
  }
  const follower = followPods({ cache, queue, nominator, tell, profiles })
  stack.use(
    nodes.subscribe({
      add(node) {
        cache.setNode(node)
        tell({ resource: 'Node', action: ADD, after: node })
      },
      update(after, before) {
        cache.setNode(after)
        const action = nodeActions(before, after)
        if (action) tell({ resource: 'Node', action, before, after })
      },
      delete(node) {
        cache.removeNode(node.metadata.name)
        tell({ resource: 'Node', action: DELETE, before: node })
      },
    }),
  )
  stack.use(pods.subscribe(follower))
  const isAwaited = (resource: EventResource): boolean =>
    [...hints.values()].some((each) => each.awaits(resource))
  const optional = {
    ...(handle.taintRules && { DeviceTaintRule: handle.taintRules }),
    ...(handle.podGroups && { PodGroup: handle.podGroups }),
  }
  stack.use(followResources(followed, optional, isAwaited, tell))
  if (!options.informers) informers.start()
  // No decision is made before all that plugins look at is known whole.
  void Promise.all([...needed].map((each) => each.waitForSync())).then(() => cycles.start())
  // First of all, since bindings that wait for others are waited for.
  stack.defer(() => {
    stop.abort(new SchedulerStoppedError())
    for (const each of waitingPods.values()) each.reject('', 'the scheduler was stopped')
  })
  return { [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** An informer whose subscriptions end with those who made them. */
function subscribingUntil<T>(stack: AsyncDisposableStack, informer: Informer<T>): Informer<T> {
  return {
    ...informer,
    get synced() {
      return informer.synced
    },
    subscribe: (handlers) => stack.use(informer.subscribe(handlers)),
  }
}

/** Finds profiles. Now and then it answers with one whose plugins are measured. */
function sampledProfiles(
  profiles: ReadonlyMap<string, Profile>,
  metrics: SchedulerMetrics,
  clock: Clock,
): (name: string) => Profile | undefined {
  const measured = new Map<string, Profile>()
  let cycles = 0
  return (name) => {
    const profile = profiles.get(name)
    cycles += 1
    if (!profile || cycles % SAMPLED_CYCLES !== 1) return profile
    return measured.getOrInsertComputed(name, () => measuredProfile(profile, metrics, clock))
  }
}

class SchedulerStoppedError extends Error {
  override readonly name = 'SchedulerStoppedError'

  constructor() {
    super('the scheduler was stopped')
  }
}

interface Following {
  readonly cache: ClusterCache
  readonly queue: SchedulingQueue
  readonly nominator: Nominator
  readonly profiles: ReadonlyMap<string, Profile>
  readonly tell: (event: ClusterEvent) => void
}

/** Keeps cache and queue as the Pods of the API server are. */
function followPods({ cache, queue, nominator, profiles, tell }: Following) {
  const isPlaced = ({ spec, status }: Pick<Pod, 'spec' | 'status'>): boolean =>
    Boolean(spec.nodeName) && !isPodTerminal({ status })
  const isOurs = (pod: Pod): boolean =>
    !pod.spec.nodeName &&
    !isPodTerminal(pod) &&
    pod.metadata.deletionTimestamp === undefined &&
    profiles.has(pod.spec.schedulerName)

  const place = (pod: Pod, before: Pod | undefined): void => {
    const { uid } = pod.metadata
    const isNew = !before || !isPlaced(before)
    cache.setPod(pod)
    nominator.delete(uid)
    if (isNew) {
      queue.delete(uid)
      tell({ resource: 'AssignedPod', action: ADD, after: pod })
      return
    }
    const action = podActions(before, pod)
    if (action) tell({ resource: 'AssignedPod', action, before, after: pod })
  }
  const leave = (pod: Pod): void => {
    cache.removePod(pod.metadata.uid)
    tell({ resource: 'AssignedPod', action: DELETE, before: pod })
  }
  const enqueue = (pod: Pod, before: Pod | undefined): void => {
    if (cache.has(pod.metadata.uid)) return
    if (!before || !isOurs(before)) {
      queue.add(pod)
      tell({ resource: 'UnscheduledPod', action: ADD, after: pod })
    } else {
      const action = podActions(before, pod)
      queue.update(
        pod,
        action ? { resource: 'UnscheduledPod', action, before, after: pod } : undefined,
      )
    }
    const { nominatedNodeName } = pod.status
    const queued = queue.get(pod.metadata.uid)
    if (nominatedNodeName && queued) nominator.set(queued.info, nominatedNodeName)
  }
  const drop = ({ metadata: { uid } }: Pod): void => {
    queue.delete(uid)
    nominator.delete(uid)
  }

  return {
    add(pod: Pod) {
      if (isPlaced(pod)) place(pod, undefined)
      else if (isOurs(pod)) enqueue(pod, undefined)
    },
    update(pod: Pod, before: Pod) {
      if (isPlaced(pod)) place(pod, before)
      else if (isPlaced(before)) leave(before)
      else if (isOurs(pod)) enqueue(pod, before)
      else drop(pod)
    },
    delete(pod: Pod) {
      if (isPlaced(pod) || cache.has(pod.metadata.uid)) leave(pod)
      drop(pod)
    },
  }
}
