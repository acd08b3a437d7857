import type { PodStatus } from '../../api/core/v1/common.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { equal } from '../../apimachinery/equality.ts'
import { coalesced } from '../../base/coalesced.ts'
import type { ContainerStatus } from '../cri/types.ts'
import { readMade, readRuntimePod, type Made } from '../runtime/read-runtime-pod.ts'
import {
  newestRun,
  NO_RUNTIME_POD,
  type RuntimeContainer,
  type RuntimePod,
} from '../runtime/runtime-pod.ts'
import { isOwnCondition } from '../status/pod-conditions.ts'
import { podAddresses, podStatus, type PodStatusContext } from '../status/pod-status.ts'
import { statusWriter } from '../status/status-writer.ts'
import { podText } from './plan-draft.ts'
import { planPod } from './plan-pod.ts'
import type { Ending, PodFailure, PodPlan, PodView } from './plan-types.ts'
import { containerEvents, podEvents } from './pod-events.ts'
import { podKills } from './pod-kills.ts'
import { operations } from './pod-operations.ts'
import { podResizes } from './pod-resizes.ts'
import { podStarts } from './pod-starts.ts'
import { deleteFromApi, forgetPod, releasePod } from './remove-pod.ts'
import { retries } from './retries.ts'
import type { PodState } from './pod-state.ts'
import type { WorkerContext } from './worker-context.ts'

/** What one Pod on this node goes through, from its first sight until nothing is left of it. */
export interface PodWorker {
  readonly pod: Pod
  readonly runtime: RuntimePod
  /** The Pod has changed; or it is gone from the API, where undefined. */
  update(pod: Pod | undefined): void
  /** Something may have happened in the runtime. */
  touch(): void
  /** The same, where nothing of the Pod is known in the runtime yet. */
  touchIfNew(): void
  /** Ends the Pod for good; undefined where it is leaving anyhow, or has ended. */
  fail(failure: PodFailure): Ending | undefined
  /** Stops looking after the Pod, whose containers go on. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface PodWorkerOptions {
  readonly context: WorkerContext
  readonly pod: Pod
  /** Nothing of the Pod can be in the runtime yet. */
  readonly isNew: boolean
  /** Called after the runtime was read. */
  readonly changed: () => void
  /** Called once nothing is left of the Pod. */
  readonly gone: () => void
  /** For a Pod of the node's own files: the one that shows it in the API, while there is one. */
  readonly mirror?: () => Pod | undefined
}

/**
 * Begins to look after a Pod. Whatever happens wakes the worker; it then reads the runtime if need be, plans, reports
 * and begins what the plan says. All that takes time is an operation beside it, whose end wakes it again.
 */
export function startPodWorker(options: PodWorkerOptions): PodWorker {
  const { context } = options
  const { clock, metrics, recorder } = context
  const { uid } = options.pod.metadata
  const logger = context.logger.child({ pod: podText(options.pod) })
  const abort = new AbortController()
  const { signal } = abort
  const shared = { clock, logger, signal }
  const tries = retries(shared)
  const writer = statusWriter({ ...shared, client: context.client })
  const probes = context.makeProbes(() => wake())
  const ops = operations((name) => (name === 'start' ? wake() : touch())) // Starts tell what they made.

  let pod = options.pod
  let runtime: RuntimePod = NO_RUNTIME_POD
  let reported: PodStatus | undefined
  let refused: PodFailure | undefined
  const stopped = Promise.withResolvers<void>()
  let isAdmitted = pod.status.startTime !== undefined
  let isAwaited = !isAdmitted // Until it runs.
  const seenMs = clock.monotonic()
  let isRemoved = false
  let isDirty = !options.isNew
  let unread: Made[] = []
  /** It lives; or it has stopped, and only its containers' logs are left; or nothing is. */
  let stage: 'living' | 'stopped' | 'gone' = 'living'
  let looping: Promise<void> | undefined
  let timer: Disposable | undefined
  const told = new Map<string, string>() // The crash of which a back-off was told, by container.

  const state: PodState = {
    ...shared,
    context,
    ops,
    retries: tries,
    pod: () => withReported(pod, reported),
    runtime: () => runtime,
    addresses: () => podAddresses(statusContext()),
    refuse(failure) {
      refused ??= failure
      metrics.admissionRejections.with(failure.reason).inc()
      touch()
    },
    touch: () => touch(),
    made(made) {
      unread.push(made)
      wake()
    },
  }
  const kills = podKills(state)
  const starts = podStarts(state)
  const resizes = podResizes(state)

  const isOver = (): boolean => signal.aborted || stage === 'gone'
  const isLeaving = (): boolean => isRemoved || pod.metadata.deletionTimestamp !== undefined
  const wake = (): void => {
    if (!isOver()) looping = look()
  }
  const touch = (): void => {
    isDirty = true
    wake()
  }
  const wakeAt = (ms: number | undefined, callback: () => void): void => {
    timer?.[Symbol.dispose]()
    timer = ms === undefined ? undefined : clock.after(Math.max(0, ms - clock.now()), callback)
  }
  const look = coalesced(async () => {
    if (isOver()) return
    try {
      await sync()
      tries.succeeded('sync')
    } catch (error) {
      if (signal.aborted) return
      logger.warn('Cannot look after a Pod', { error })
      wakeAt(tries.later('sync'), touch)
    }
  })

  const sync = async (): Promise<void> => {
    if (isDirty || unread.length > 0) await read()
    admit()
    const plan = planPod(view())
    tell(plan)
    probes.sync(state.pod(), runtime, state.addresses())
    report(plan)
    execute(plan)
    wakeAt(plan.wakeAtMs, wake)
  }
  const read = async (): Promise<void> => {
    const [isAll, made] = [isDirty, unread]
    isDirty = false
    unread = []
    const readMessage = (status: ContainerStatus) => context.files.terminationMessage(status)
    const asking = { ...context, readMessage, signal }
    try {
      if (isAll) runtime = await readRuntimePod(asking, uid, runtime)
      else for (const each of made) runtime = await readMade(asking, each, runtime)
    } catch (error) {
      isDirty = true
      throw error
    }
    kills.seen()
    options.changed()
  }
  /** Asks once whether the node takes the Pod; one that runs was taken before. */
  const admit = (): void => {
    if (isAdmitted || isLeaving()) return
    isAdmitted = true
    if (runtime.sandboxes.length === 0) refused = context.refusal(pod)
    if (refused) metrics.admissionRejections.with(refused.reason).inc()
  }
  const view = (): PodView => ({
    pod: state.pod(),
    removed: isRemoved,
    runtime,
    nowMs: clock.now(),
    backoff: starts.backoff,
    retryAtMs: starts.retryAtMs,
    failedProbe: (run) => probes.failed(run),
    isStarted: (run) => !starts.isHooking(run) && probes.isStarted(run),
    resourcesOf: (run) => resizes.inEffect(run),
    podResources: resizes.podInEffect(),
    resizeRefusal: () => context.resizeRefusal(pod),
    starting: ops.has('start') || ops.has('volumes'),
    refused,
  })

  const statusContext = (plan?: PodPlan): PodStatusContext => ({
    pod: state.pod(),
    runtime,
    waiting: plan ? new Map([...starts.waiting, ...plan.backOff]) : starts.waiting,
    ended: plan?.finish ?? false,
    nowMs: clock.now(),
    hostIPs: context.hostIPs,
    isReady: (run: RuntimeContainer) => probes.isReady(run),
    isStarted: (run: RuntimeContainer) => probes.isStarted(run),
    resourcesOf: (run: RuntimeContainer) => resizes.inEffect(run),
    podResources: resizes.podInEffect(),
    resizeRefusal: () => context.resizeRefusal(pod),
    ...(plan?.failure && { failure: plan.failure }),
  })
  const report = (plan: PodPlan): void => {
    if (isRemoved || stage !== 'living') return
    reported = podStatus(statusContext(plan))
    if (isAwaited && reported.phase === 'Running') {
      isAwaited = false
      metrics.podStartSeconds.observe((clock.monotonic() - seenMs) / 1000)
    }
    const shown = options.mirror ? options.mirror() : pod
    if (shown) writer.set(shown, reported)
  }
  const tell = ({ failure, backOff }: PodPlan): void => {
    if (failure && stage === 'living' && reported?.reason !== failure.reason)
      podEvents(recorder, pod)('Warning', failure.reason, failure.message)
    for (const name of backOff.keys()) {
      const run = newestRun(runtime, name)
      if (!run || told.get(name) === run.id) continue
      told.set(name, run.id)
      const message = `Back-off restarting failed container ${name} in pod ${podText(pod)}`
      containerEvents(recorder, pod, name)('Warning', 'BackOff', message)
    }
  }

  const execute = (plan: PodPlan): void => {
    if (plan.terminating) {
      for (const name of ['start', 'volumes']) ops.abort(name)
      probes.stopRestarting()
    }
    for (const step of plan.kill) kills.kill(step)
    for (const step of plan.resize) resizes.resize(step)
    if (plan.resizePod) resizes.resizePod()
    for (const id of plan.stopSandboxes)
      begin(`stop ${id}`, () => context.runtime.stopPodSandbox(id, { signal }))
    if (plan.finish) {
      if (stage === 'living' || isLeaving()) begin('finish', finish)
    } else if (plan.createSandbox) {
      const { attempt } = plan.createSandbox
      ops.begin('start', (limit) => starts.createSandbox(attempt, limit))
    } else if (plan.start.length > 0)
      ops.begin('start', (limit) => starts.startAll(plan.start, limit))
    else if (!plan.terminating && !starts.hasVolumes && !ops.has('start'))
      ops.begin('volumes', (limit) => starts.takeOverVolumes(limit))
  }
  const begin = (name: string, work: () => Promise<unknown>): void =>
    ops.begin(name, async () => {
      await tries.attempt(name, work)
    })
  const finish = async (): Promise<void> => {
    if (stage === 'living') {
      probes[Symbol.dispose]()
      await releasePod(context, uid)
      await writer.flush()
      stage = 'stopped'
      stopped.resolve()
    }
    if (!isLeaving()) return
    if (!isRemoved) await deleteFromApi(context.client, pod, signal)
    await forgetPod(context, pod, runtime, signal)
    context.forgetProbes(pod)
    stage = 'gone'
    options.gone()
  }

  wake()
  return {
    get pod() {
      return state.pod()
    },
    get runtime() {
      return runtime
    },
    update(next) {
      if (!next) isRemoved = true
      else {
        const isShownAlike = showsAlike(pod, next)
        pod = next
        if (!isShownAlike && starts.hasVolumes && stage === 'living')
          context.volumes.refresh(next).catch((error: unknown) => {
            logger.warn('Cannot refresh the volumes of a Pod', { error })
          })
      }
      wake()
    },
    touch,
    fail(failure) {
      if (stage !== 'living' || isLeaving()) return undefined
      const isNew = !refused
      refused = failure
      isAdmitted = true
      wake()
      return { isNew, stopped: stopped.promise }
    },
    touchIfNew() {
      if (runtime.sandboxes.length === 0) touch()
    },
    async [Symbol.asyncDispose]() {
      abort.abort(new Error('The node agent stops'))
      timer?.[Symbol.dispose]()
      probes[Symbol.dispose]()
      await ops.end()
      await looping
      await writer.flush()
    },
  }
}

/**
 * Whether volumes show the same of both, resources included, which the generation tells of. What they refer to, they
 * follow by themselves.
 */
function showsAlike({ metadata: before }: Pod, { metadata: after }: Pod): boolean {
  return (
    before.generation === after.generation &&
    equal(before.labels, after.labels) &&
    equal(before.annotations, after.annotations)
  )
}

/** A Pod with the status that was last made for it, and what others say in its conditions. */
function withReported(pod: Pod, reported: PodStatus | undefined): Pod {
  if (!reported) return pod
  const own = (reported.conditions ?? []).filter(({ type }) => isOwnCondition(type))
  const others = (pod.status.conditions ?? []).filter(({ type }) => !isOwnCondition(type))
  return { ...pod, status: { ...reported, conditions: [...own, ...others] } }
}
