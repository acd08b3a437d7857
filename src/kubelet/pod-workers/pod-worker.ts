import { Pod } from '../../api/core/v1/pod.ts'
import type { PodStatus } from '../../api/core/v1/common.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { onAbort } from '../../base/async.ts'
import { backoffMs } from '../../base/backoff.ts'
import { sandboxConfig } from '../containers/sandbox-config.ts'
import type { ContainerStatus } from '../cri/types.ts'
import { readRuntimePod } from '../runtime/read-runtime-pod.ts'
import {
  isRunning,
  newestRun,
  NO_RUNTIME_POD,
  runsOf,
  type RuntimeContainer,
  type RuntimePod,
} from '../runtime/runtime-pod.ts'
import { podAddresses, podStatus } from '../status/pod-status.ts'
import { isOwnCondition } from '../status/pod-conditions.ts'
import { statusWriter } from '../status/status-writer.ts'
import type { MountedVolumes } from '../volumes/pod-volumes.ts'
import { crashBackoff } from './crash-backoff.ts'
import { killContainer, stop } from './kill-container.ts'
import { podText } from './plan-draft.ts'
import { planPod } from './plan-pod.ts'
import type { KillStep, PodPlan, PodView, StartStep, Waiting } from './plan-types.ts'
import { containerEvents, podEvents } from './pod-events.ts'
import { operations } from './pod-operations.ts'
import { StartError, startContainer } from './start-container.ts'
import type { WorkerContext } from './worker-context.ts'

const RETRY = { baseMs: 1000, maxMs: 10_000 } // Of reading, and of making sandboxes.
const START_RETRY_MS = 10_000 // As upstream's back-off period of its workers; images have their own besides.
const REMOVED_RUNS_KEPT = 2 // The newest run of each container, and the one before.
const MADE = new Set(['RunContainerError', 'PostStartHookError']) // Failures of containers that were made.

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
  /** Stops looking after the Pod, whose containers go on. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface PodWorkerOptions {
  readonly context: WorkerContext
  readonly pod: Pod
  /** Called after the runtime was read. */
  readonly changed: () => void
  /** Called once nothing is left of the Pod. */
  readonly gone: () => void
}

interface Kill {
  readonly endMs: number
  readonly hurry: AbortController
}

/** Begins to look after a Pod. */
export function startPodWorker({
  context,
  pod: first,
  changed,
  gone,
}: PodWorkerOptions): PodWorker {
  const { clock, runtime: cri, recorder, files, volumes } = context
  const uid = first.metadata.uid
  const logger = context.logger.child({ pod: podText(first) })
  const abort = new AbortController()
  const { signal } = abort
  const backoff = crashBackoff()
  const retryAtMs = new Map<string, number>()
  const failures = new Map<string, number>()
  const waiting = new Map<string, Waiting>()
  const hooking = new Set<string>()
  const kills = new Map<string, Kill>()
  const told = new Map<string, string>() // The crash of which a back-off was told, by container.
  const endings = new Set<() => void>()
  const writer = statusWriter({ client: context.client, clock, logger, signal })
  const probes = context.makeProbes(() => wake())
  const ops = operations(() => touch())

  let pod = first
  let refused: Waiting | undefined
  let isAdmitted = first.status.startTime !== undefined
  let removed = false
  let runtime: RuntimePod = NO_RUNTIME_POD
  let reported: PodStatus | undefined
  let mounted: MountedVolumes | undefined
  let dirty = true
  let again = false
  let stage: 'living' | 'stopped' | 'gone' = 'living'
  let looping: Promise<void> | undefined
  let timer: Disposable | undefined

  const wake = (): void => {
    if (signal.aborted || stage === 'gone') return
    again = true
    looping ??= loop().finally(() => (looping = undefined))
  }
  const touch = (): void => {
    dirty = true
    wake()
  }
  const loop = async (): Promise<void> => {
    while (again && !signal.aborted && stage !== 'gone') {
      again = false
      try {
        await sync()
        failures.delete('sync')
      } catch (error) {
        if (signal.aborted) return
        logger.warn('Cannot look after a Pod', { error })
        later('sync')
      }
    }
  }
  /** Wakes after a while that grows with each failure. */
  const later = (name: string): number => {
    const count = (failures.get(name) ?? 0) + 1
    failures.set(name, count)
    const ms = backoffMs(RETRY, count)
    if (name === 'sync') wakeAfter(ms)
    return clock.now() + ms
  }
  const wakeAfter = (ms: number): void => {
    timer?.[Symbol.dispose]()
    timer = clock.after(ms, touch)
  }

  const sync = async (): Promise<void> => {
    if (dirty) {
      dirty = false
      const options = {
        runtime: cri,
        readMessage: (status: ContainerStatus) => files.terminationMessage(status),
        signal,
      }
      runtime = await readRuntimePod(options, uid, runtime)
      for (const check of endings) check()
      changed()
    }
    admit()
    const plan = planPod(view())
    const failure = plan.failure
    if (failure && stage === 'living' && reported?.reason !== failure.reason)
      podEvents(recorder, pod)('Warning', failure.reason, failure.message)
    probes.sync(pod, runtime, addresses())
    report(plan)
    execute(plan)
    timer?.[Symbol.dispose]()
    if (plan.wakeAtMs !== undefined) timer = clock.after(plan.wakeAtMs - clock.now(), wake)
  }
  /** Asks once whether the node takes the Pod; one that runs was taken before. */
  const admit = (): void => {
    if (isAdmitted || isLeaving()) return
    isAdmitted = true
    if (runtime.sandboxes.length === 0) refused = context.refusal(pod)
  }
  const current = (): Pod => withReported(pod, reported)
  const view = (): PodView => ({
    pod: current(),
    removed,
    runtime,
    nowMs: clock.now(),
    backoff,
    retryAtMs,
    failedProbe: (run) => probes.failed(run),
    isStarted,
    starting: ops.has('start'),
    refused,
  })
  const isStarted = (run: RuntimeContainer): boolean =>
    !hooking.has(run.id) && probes.isStarted(run)
  const addresses = (): readonly string[] => podAddresses(statusContext(undefined))

  const statusContext = (plan: PodPlan | undefined) => ({
    pod: current(),
    runtime,
    waiting: plan ? new Map([...waiting, ...plan.backOff]) : waiting,
    ended: plan?.finish ?? false,
    nowMs: clock.now(),
    hostIPs: context.hostIPs,
    isReady: (run: RuntimeContainer) => probes.isReady(run),
    isStarted: (run: RuntimeContainer) => probes.isStarted(run),
    ...(plan?.failure && { failure: plan.failure }),
  })
  const report = (plan: PodPlan): void => {
    if (removed || stage !== 'living') return
    reported = podStatus(statusContext(plan))
    writer.set(pod, reported)
  }

  const execute = (plan: PodPlan): void => {
    if (plan.terminating) {
      ops.abort('start')
      probes.stopRestarting()
    }
    for (const step of plan.kill) kill(step)
    for (const id of plan.stopSandboxes)
      ops.begin(`stop ${id}`, () => attempt('stop', () => cri.stopPodSandbox(id, { signal })))
    tellBackOffs(plan)
    if (plan.finish && stage === 'stopped' && !isLeaving()) return
    if (plan.finish) ops.begin('finish', () => attempt('finish', finish))
    else if (plan.createSandbox) {
      const { attempt: count } = plan.createSandbox
      ops.begin('start', (limit) => createSandbox(count, limit))
    } else if (plan.start.length > 0) ops.begin('start', (limit) => startAll(plan.start, limit))
  }
  const isLeaving = (): boolean => removed || pod.metadata.deletionTimestamp !== undefined
  /** Does something that must not fail; if it does, it is tried again a while later. */
  const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
      failures.delete(name)
    } catch (error) {
      if (signal.aborted) return
      logger.warn('Cannot stop a Pod', { error })
      const ms = later(name) - clock.now()
      await new Promise<void>((resolve) => {
        const wait = clock.after(ms, resolve)
        onAbort(signal, () => {
          wait[Symbol.dispose]()
          resolve()
        })
      })
    }
  }

  const kill = (step: KillStep): void => {
    const { id, name } = step.run
    const endMs = clock.now() + step.graceSeconds * 1000
    const before = kills.get(id)
    if (before && endMs >= before.endMs - 1000) return
    kills.set(id, { endMs, hurry: before?.hurry ?? new AbortController() })
    if (before) {
      before.hurry.abort()
      ops.begin(`hurry ${id}`, () =>
        attempt('stop', () => stop(context, id, Math.max(1, step.graceSeconds), signal)),
      )
      return
    }
    containerEvents(recorder, pod, name)('Normal', 'Killing', step.message)
    const { hurry } = kills.get(id)!
    const target = { pod, podIP: addresses()[0] ?? '', ended }
    ops.begin(`kill ${id}`, async () => {
      await attempt('stop', () =>
        killContainer(context, target, step, { hurry: hurry.signal, signal }),
      )
      kills.delete(id)
    })
  }
  const ended = (names: readonly string[], limit: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (runtime.containers.some((run) => names.includes(run.name) && isRunning(run))) return
        endings.delete(check)
        resolve()
      }
      endings.add(check)
      onAbort(limit, () => {
        endings.delete(check)
        reject(limit.reason as Error)
      })
      check()
    })

  const tellBackOffs = ({ backOff }: PodPlan): void => {
    for (const name of backOff.keys()) {
      const run = newestRun(runtime, name)
      if (!run || told.get(name) === run.id) continue
      told.set(name, run.id)
      const message = `Back-off restarting failed container ${name} in pod ${podText(pod)}`
      containerEvents(recorder, pod, name)('Warning', 'BackOff', message)
    }
  }

  const createSandbox = async (count: number, limit: AbortSignal): Promise<void> => {
    const tell = podEvents(recorder, pod)
    try {
      if (!pod.spec.hostNetwork) await context.networkReady(limit)
      await files.prepare(pod)
      await context.cgroups.apply(pod)
      await setUpVolumes(limit)
      if (count > 0)
        tell('Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
      const config = await configOf(count)
      limit.throwIfAborted()
      await cri.runPodSandbox(config, await context.runtimeHandler(pod), { signal: limit })
      // What failed in the sandbox before says nothing about this one.
      for (const map of [failures, retryAtMs, waiting]) map.clear()
    } catch (error) {
      if (limit.aborted) return
      if (error instanceof VolumeError) tell('Warning', 'FailedMount', error.message)
      else {
        const message = `Failed to create pod sandbox: ${(error as Error).message}`
        tell('Warning', 'FailedCreatePodSandBox', message)
      }
      retryAtMs.set('', later(''))
    }
  }
  const configOf = async (count: number) =>
    sandboxConfig(pod, count, {
      clusterDns: context.clusterDns,
      nodeDns: await files.nodeDns(),
      cgroupRoot: context.cgroupRoot,
      logDirectory: files.logDirectory(pod),
    })
  const setUpVolumes = async (limit: AbortSignal): Promise<MountedVolumes> => {
    try {
      mounted ??= await volumes.setUp(current(), limit)
      return mounted
    } catch (error) {
      throw new VolumeError((error as Error).message, { cause: error })
    }
  }

  const startAll = async (steps: readonly StartStep[], limit: AbortSignal): Promise<void> => {
    const sandbox = runtime.sandboxes[0]!
    for (const step of steps) {
      const { name } = step.container
      try {
        const target = {
          pod: current(),
          podIPs: addresses(),
          runtime,
          sandboxId: sandbox.id,
          sandboxConfig: await configOf(sandbox.attempt),
          mounted: await setUpVolumes(limit),
          hooking: (id: string, isHooking: boolean) => {
            if (isHooking) hooking.add(id)
            else hooking.delete(id)
            touch()
          },
        }
        await startContainer(context, target, step, limit)
        countRestart(step)
        for (const map of [waiting, retryAtMs, failures]) map.delete(name)
      } catch (error) {
        if (limit.aborted) return
        couldNotStart(name, error)
        if (await isContainersFault(error, sandbox.id)) countRestart(step)
      }
      touch()
    }
    await removeOldRuns().catch((error: unknown) =>
      logger.debug('Cannot remove old runs', { error }),
    )
  }
  const countRestart = ({ container, previous }: StartStep): void => {
    if (previous?.state === 'exited')
      backoff.restarted(container.name, previous.finishedAtMs, clock.now())
  }
  /** Whether a container was made and failed by itself: not where its sandbox broke down at the same time. */
  const isContainersFault = async (error: unknown, sandboxId: string): Promise<boolean> => {
    if (!(error instanceof StartError) || !MADE.has(error.waiting.reason)) return false
    const answer = await cri.podSandboxStatus(sandboxId, false, { signal }).catch(() => undefined)
    return answer?.status?.state === 'SANDBOX_READY'
  }
  const couldNotStart = (name: string, error: unknown): void => {
    const isStart = error instanceof StartError
    if (!isStart) logger.warn('Cannot start a container', { container: name, error })
    if (error instanceof VolumeError)
      podEvents(recorder, pod)('Warning', 'FailedMount', error.message)
    waiting.set(
      name,
      isStart ? error.waiting : { reason: 'ContainerCreating', message: (error as Error).message },
    )
    // What a container refers to often comes soon after it.
    const isSoon = isStart && error.waiting.reason === 'CreateContainerConfigError'
    retryAtMs.set(name, isSoon ? later(name) : clock.now() + START_RETRY_MS)
  }
  /** Keeps the runs that `kubectl logs` can show, and the sandboxes that they are in. */
  const removeOldRuns = async (): Promise<void> => {
    const names = new Set(runtime.containers.map(({ name }) => name))
    for (const name of names)
      for (const run of runsOf(runtime, name).slice(REMOVED_RUNS_KEPT)) {
        if (isRunning(run)) continue
        await cri.removeContainer(run.id, { signal })
        await files.removeLog(run.logPath)
      }
  }

  /** Everything has ended: gives back what the Pod had, and lets it go where it was deleted. */
  const finish = async (): Promise<void> => {
    if (stage === 'living') {
      probes[Symbol.dispose]()
      await volumes.tearDown(uid)
      await context.cgroups.remove(uid)
      await writer.flush()
      stage = 'stopped'
      mounted = undefined
    }
    if (!isLeaving()) return
    if (!removed) await deleteFromApi()
    await removeFromRuntime()
    await files.remove({ uid, namespace: pod.metadata.namespace, name: pod.metadata.name })
    stage = 'gone'
    gone()
  }
  const deleteFromApi = async (): Promise<void> => {
    const { name, namespace } = pod.metadata
    try {
      await context.client.delete(
        Pod,
        { name, namespace: namespace },
        { gracePeriodSeconds: 0, preconditions: { uid }, signal },
      )
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }
  const removeFromRuntime = async (): Promise<void> => {
    await Promise.all(runtime.containers.map(({ id }) => cri.removeContainer(id, { signal })))
    await Promise.all(runtime.sandboxes.map(({ id }) => cri.removePodSandbox(id, { signal })))
  }

  wake()
  return {
    get pod() {
      return current()
    },
    get runtime() {
      return runtime
    },
    update(next) {
      if (!next) removed = true
      else {
        pod = next
        if (mounted && stage === 'living')
          volumes.refresh(next).catch((error: unknown) => {
            logger.warn('Cannot refresh the volumes of a Pod', { error })
          })
      }
      wake()
    },
    touch,
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

/** A Pod with the status that was last reported, and what others say in its conditions. */
function withReported(pod: Pod, reported: PodStatus | undefined): Pod {
  if (!reported) return pod
  const own = (reported.conditions ?? []).filter(({ type }) => isOwnCondition(type))
  const others = (pod.status.conditions ?? []).filter(({ type }) => !isOwnCondition(type))
  return { ...pod, status: { ...reported, conditions: [...own, ...others] } }
}

/** A volume could not be made ready; the message is for the Pod's events. */
class VolumeError extends Error {
  override readonly name = 'VolumeError'
}
