import { AllocationError } from '../allocation-error.ts'
import { sandboxConfig } from '../containers/sandbox-config.ts'
import type { Input, PodSandboxConfig } from '../cri/types.ts'
import { DynamicResourcesError } from '../dra/dra-manager.ts'
import type { UserMapping } from '../user-namespaces/user-namespaces.ts'
import { sandboxWithUsers } from '../user-namespaces/with-users.ts'
import { isRunning, runsOf, type RuntimeContainer } from '../runtime/runtime-pod.ts'
import type { MountedVolumes } from '../volumes/pod-volumes.ts'
import { crashBackoff, type CrashBackoff } from './crash-backoff.ts'
import type { StartStep, Waiting } from './plan-types.ts'
import { podEvents } from './pod-events.ts'
import type { PodState } from './pod-state.ts'
import { StartError, startContainer } from './start-container.ts'
import { hasSureVolumes } from './sure-volumes.ts'

const RETRY_MS = 10_000 // As the back-off period of upstream's workers; images have their own besides.
const RUNS_KEPT = 2 // The newest run of each container, and the one before.
/** As metrics call them. */
const CONTAINER_TYPES = {
  regular: 'container',
  init: 'init_container',
  sidecar: 'init_container',
  ephemeral: 'ephemeral_container',
} as const
const MADE = new Set(['RunContainerError', 'PostStartHookError']) // Failures of containers that were made.

/** What is made for a Pod: its volumes, its sandbox and its containers. */
export interface PodStarts {
  readonly backoff: CrashBackoff
  /** When to try again what failed, by the container's name; the sandbox has the empty one. */
  readonly retryAtMs: ReadonlyMap<string, number>
  /** Why containers could not be started, by name. */
  readonly waiting: ReadonlyMap<string, Waiting>
  readonly hasVolumes: boolean
  /** Whether the container's postStart hook runs at the moment. */
  isHooking(run: RuntimeContainer): boolean
  /** None of these reject; what fails is told as events and tried again later. */
  createSandbox(attempt: number, limit: AbortSignal): Promise<void>
  startAll(steps: readonly StartStep[], limit: AbortSignal): Promise<void>
  /** Sets up the volumes of a Pod that another agent started. */
  takeOverVolumes(limit: AbortSignal): Promise<void>
}

export function podStarts(state: PodState): PodStarts {
  const { context, logger, retries, signal } = state
  const { clock, files, metrics, runtime: cri, recorder } = context
  const backoff = crashBackoff(context.crashBackoffMsMax)
  const retryAtMs = new Map<string, number>()
  const waiting = new Map<string, Waiting>()
  const hooking = new Set<string>()
  let mounted: MountedVolumes | undefined

  const setUpVolumes = async (limit: AbortSignal): Promise<MountedVolumes> => {
    try {
      mounted ??= await context.volumes.setUp(state.pod(), limit)
      return mounted
    } catch (error) {
      throw new VolumeError((error as Error).message, { cause: error })
    }
  }
  const usersOf = async (): Promise<UserMapping | undefined> => {
    const pod = state.pod()
    if (pod.spec.hostUsers !== false) return undefined
    return context.users.mapping(pod, await context.runtimeHandler(pod))
  }
  const configOf = async (
    attempt: number,
    users: UserMapping | undefined,
  ): Promise<Input<PodSandboxConfig>> => {
    const config = sandboxConfig(state.pod(), attempt, {
      clusterDns: context.clusterDns,
      nodeDns: await files.nodeDns(),
      cgroupRoot: context.cgroupRoot,
      logDirectory: files.logDirectory(state.pod()),
    })
    return sandboxWithUsers(config, users)
  }

  const makeSandbox = async (attempt: number, limit: AbortSignal): Promise<void> => {
    const pod = state.pod()
    if (!pod.spec.hostNetwork) await context.networkReady(limit)
    await files.prepare(pod)
    await context.dra.prepare(pod, limit)
    await context.topology.allocate(pod, limit)
    if (hasSureVolumes(pod)) await allEnded(runSandbox(attempt, limit), setUpVolumes(limit))
    else {
      await setUpVolumes(limit)
      await runSandbox(attempt, limit)
    }
  }
  const runSandbox = async (attempt: number, limit: AbortSignal): Promise<void> => {
    const pod = state.pod()
    await context.cgroups.apply(pod)
    if (attempt > 0) {
      const message = 'Pod sandbox changed, it will be killed and re-created.'
      podEvents(recorder, pod)('Normal', 'SandboxChanged', message)
    }
    const config = await configOf(attempt, await usersOf())
    limit.throwIfAborted()
    const handler = await context.runtimeHandler(pod)
    state.made({ sandboxId: await cri.runPodSandbox(config, handler, { signal: limit }) })
  }
  const tellFailure = (error: unknown): void => {
    const tell = podEvents(recorder, state.pod())
    const { message } = error as Error
    if (error instanceof VolumeError) tell('Warning', 'FailedMount', message)
    else if (error instanceof DynamicResourcesError)
      tell(
        'Warning',
        'FailedPrepareDynamicResources',
        `Failed to prepare dynamic resources: ${message}`,
      )
    else tell('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`)
  }

  const start = async (step: StartStep, limit: AbortSignal): Promise<void> => {
    const sandbox = state.runtime().sandboxes[0]!
    const users = await usersOf()
    const target = {
      users,
      pod: state.pod(),
      podIPs: state.addresses(),
      runtime: state.runtime(),
      sandboxId: sandbox.id,
      sandboxConfig: await configOf(sandbox.attempt, users),
      mounted: await setUpVolumes(limit),
      hooking(id: string, isHooking: boolean) {
        if (isHooking) hooking.add(id)
        else hooking.delete(id)
        state.touch()
      },
    }
    try {
      const containerId = await startContainer(context, target, step, limit)
      state.made({ sandboxId: sandbox.id, containerId })
      countRestart(step)
    } catch (error) {
      if (!limit.aborted && (await isContainersFault(error, sandbox.id))) countRestart(step)
      throw error
    }
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
    if (error instanceof StartError) waiting.set(name, error.waiting)
    else if (error instanceof VolumeError) tellFailure(error)
    else logger.warn('Cannot start a container', { container: name, error })
    // What a container refers to often comes soon after it.
    const isSoon =
      error instanceof StartError && error.waiting.reason === 'CreateContainerConfigError'
    retryAtMs.set(name, isSoon ? retries.later(name) : clock.now() + RETRY_MS)
  }

  return {
    backoff,
    retryAtMs,
    waiting,
    get hasVolumes() {
      return mounted !== undefined
    },
    isHooking: ({ id }) => hooking.has(id),
    async createSandbox(attempt, limit) {
      try {
        metrics.startedPods.inc()
        await makeSandbox(attempt, limit)
        // What failed in the sandbox before says nothing about this one.
        for (const each of [retries, retryAtMs, waiting]) each.clear()
      } catch (error) {
        state.touch() // Something may have been made all the same.
        if (limit.aborted) return
        metrics.startedPodErrors.inc()
        if (error instanceof AllocationError) {
          const { reason, message } = error
          return state.refuse({ reason, message: `Pod was rejected: ${message}` })
        }
        tellFailure(error)
        retryAtMs.set('', retries.later(''))
      }
    },
    async startAll(steps, limit) {
      for (const step of steps) {
        const { name } = step.container
        const type = CONTAINER_TYPES[step.kind]
        try {
          metrics.startedContainers.with(type).inc()
          await start(step, limit)
          for (const map of [waiting, retryAtMs]) map.delete(name)
          retries.succeeded(name)
        } catch (error) {
          state.touch() // It may have been made.
          if (limit.aborted) return
          const code = error instanceof StartError ? error.waiting.reason : 'Unknown'
          metrics.startedContainerErrors.with(type, code).inc()
          couldNotStart(name, error)
        }
      }
      await removeOld(state).catch((error: unknown) =>
        logger.debug('Cannot remove old runs of containers', { error }),
      )
    },
    async takeOverVolumes(limit) {
      try {
        await setUpVolumes(limit)
      } catch (error) {
        if (limit.aborted) return
        tellFailure(error)
        await retries.attempt('volumes', () => setUpVolumes(limit))
      }
    },
  }
}

/** Keeps the runs that `kubectl logs` can show, and the sandboxes that these are in. */
async function removeOld(state: PodState): Promise<void> {
  const { context, signal } = state
  const runtime = state.runtime()
  const { containers, sandboxes } = runtime
  const old = [...new Set(containers.map(({ name }) => name))].flatMap((name) =>
    runsOf(runtime, name)
      .slice(RUNS_KEPT)
      .filter((run) => !isRunning(run)),
  )
  for (const run of old) {
    await context.runtime.removeContainer(run.id, { signal })
    await context.files.removeLog(run.logPath)
  }
  const kept = containers.filter((run) => !old.includes(run))
  const empty = sandboxes
    .slice(1)
    .filter(({ id, ready }) => !ready && !kept.some(({ sandboxId }) => sandboxId === id))
  for (const { id } of empty) await context.runtime.removePodSandbox(id, { signal })
  if (old.length + empty.length > 0) state.touch()
}

/** Waits until all have ended, also where one of them fails; rejects as the first that did. */
async function allEnded(...all: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(all)
  const failed = outcomes.find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
}

/** A volume could not be made ready; the message is for the Pod's events. */
class VolumeError extends Error {
  override readonly name = 'VolumeError'
}
