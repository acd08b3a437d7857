import type { ContainerState, ContainerStatus } from '../../api/core/v1/common.ts'
import { timestampOf } from '../../base/clock.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isSidecar, type AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { ResourceRequirements } from '../../api/core/v1/resources.ts'
import type { ContainerKind, Waiting } from '../pod-workers/plan-types.ts'
import {
  isRunning,
  runsOf,
  type RuntimeContainer,
  type RuntimePod,
} from '../runtime/runtime-pod.ts'
import { containerPath } from '../volumes/mount-options.ts'

/** What a Pod's status says beyond what the runtime knows. */
export interface StatusContext {
  readonly pod: Pod
  readonly runtime: RuntimePod
  /** Why containers wait that could not be started or crashed, by name. */
  readonly waiting: ReadonlyMap<string, Waiting>
  /** The Pod is stopped for good. */
  readonly ended: boolean
  readonly nowMs: number
  isReady(run: RuntimeContainer): boolean
  /** What a run may use, where it is known. */
  resourcesOf(run: RuntimeContainer): ResourceRequirements | undefined
  /** What the Pod as a whole may use, where it says so. */
  readonly podResources?: ResourceRequirements | undefined
  /** Why the Pod cannot be resized now, where it is to be. */
  resizeRefusal(): Waiting | undefined
  isStarted(run: RuntimeContainer): boolean
}

/** The status of a container, from its runs, and from what was reported of it where the runtime has forgotten them. */
export function containerStatus(
  context: StatusContext,
  container: AnyContainer,
  kind: ContainerKind,
): ContainerStatus {
  const [run, before] = runsOf(context.runtime, container.name)
  const reported = reportedStatus(context.pod, kind, container.name)
  const { state, lastState } = states(context, container, { run, before, reported })
  const started = run !== undefined && isRunning(run) && context.isStarted(run)
  return {
    name: container.name,
    state,
    lastState,
    ready: isReady(context, kind, run, state, started),
    restartCount: run?.attempt ?? reported?.restartCount ?? 0,
    image: run?.image || (reported?.image ?? container.image ?? ''),
    imageID: run?.imageRef ?? reported?.imageID ?? '',
    ...containerIdOf(run, reported),
    ...(kind !== 'ephemeral' && { started }),
    ...(run && isRunning(run) && kind !== 'ephemeral' && resourcesOf(context, container, run)),
    ...mountsOf(container, run),
    ...userOf(run),
    ...(container.lifecycle?.stopSignal !== undefined && {
      stopSignal: container.lifecycle.stopSignal,
    }),
  }
}

/** What kind an init container is. */
export function initKind(container: { readonly restartPolicy?: string }): ContainerKind {
  return isSidecar(container) ? 'sidecar' : 'init'
}

function isReady(
  context: StatusContext,
  kind: ContainerKind,
  run: RuntimeContainer | undefined,
  state: ContainerState,
  started: boolean,
): boolean {
  if (kind === 'ephemeral') return false
  if (kind === 'init') return state.terminated?.exitCode === 0
  return started && context.isReady(run!)
}

interface Known {
  readonly run: RuntimeContainer | undefined
  readonly before: RuntimeContainer | undefined
  readonly reported: ContainerStatus | undefined
}

function states(
  { pod, waiting, ended }: StatusContext,
  { name }: AnyContainer,
  { run, before, reported }: Known,
): Pick<ContainerStatus, 'state' | 'lastState'> {
  const last = before?.state === 'exited' ? terminated(before) : (reported?.lastState ?? {})
  const waits = ended ? undefined : waiting.get(name)
  if (!run) {
    const state = stateWithoutRun(pod, reported, ended)
    return waits && !state.terminated
      ? { state: { waiting: waits }, lastState: last }
      : waits
        ? { state: { waiting: waits }, lastState: state }
        : { state, lastState: last }
  }
  if (isRunning(run))
    return { state: { running: { startedAt: timestampOf(run.startedAtMs) } }, lastState: last }
  if (run.state === 'created')
    return { state: { waiting: waits ?? firstWait(pod) }, lastState: last }
  return waits
    ? { state: { waiting: waits }, lastState: terminated(run) }
    : { state: terminated(run), lastState: last }
}

function stateWithoutRun(
  pod: Pod,
  reported: ContainerStatus | undefined,
  ended: boolean,
): ContainerState {
  if (reported?.state.terminated) return reported.state
  if (!reported?.state.running) return { waiting: firstWait(pod) }
  const message = `The container could not be located when the pod was ${ended ? 'terminated' : 'deleted.  The container used to be Running'}`
  return { terminated: { reason: 'ContainerStatusUnknown', message, exitCode: 137 } }
}

function firstWait({ spec }: Pod): { readonly reason: string } {
  return { reason: spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating' }
}

function terminated(run: RuntimeContainer): ContainerState {
  const { exitCode, message, startedAtMs, finishedAtMs } = run
  return {
    terminated: {
      exitCode,
      reason: run.reason || (exitCode === 0 ? 'Completed' : 'Error'),
      ...(message !== '' && { message }),
      // One that never started has no beginning; the API has the epoch for it.
      startedAt: timestampOf(startedAtMs),
      finishedAt: timestampOf(finishedAtMs),
      containerID: containerId(run.id),
    },
  }
}

function reportedStatus(
  { status }: Pod,
  kind: ContainerKind,
  name: string,
): ContainerStatus | undefined {
  const { initContainerStatuses, ephemeralContainerStatuses, containerStatuses } = status
  const lists = {
    init: initContainerStatuses,
    sidecar: initContainerStatuses,
    ephemeral: ephemeralContainerStatuses,
    regular: containerStatuses,
  }
  return lists[kind]?.find((each) => each.name === name)
}

function containerIdOf(
  run: RuntimeContainer | undefined,
  reported: ContainerStatus | undefined,
): Pick<ContainerStatus, 'containerID'> {
  if (run) return { containerID: containerId(run.id) }
  return reported?.containerID === undefined ? {} : { containerID: reported.containerID }
}

function containerId(id: string): string {
  return `containerd://${id}`
}

function resourcesOf(
  context: StatusContext,
  container: AnyContainer,
  run: RuntimeContainer,
): Partial<ContainerStatus> {
  const now = context.resourcesOf(run) ?? container.resources
  // What is asked for and cannot be had is not set aside.
  const isRefused = !equal(now, container.resources) && context.resizeRefusal() !== undefined
  const { requests } = isRefused ? now : container.resources
  return {
    ...(requests && { allocatedResources: requests }),
    resources: {
      ...(now.limits && { limits: now.limits }),
      ...(now.requests && { requests: now.requests }),
    },
  }
}

/** Whether a container that runs is not yet what its Pod says. */
export function isToBeResized(context: StatusContext): boolean {
  const { containers, initContainers = [], resources } = context.pod.spec
  if (context.podResources && !equal(context.podResources, resources)) return true
  return [...containers, ...initContainers].some((container) => {
    const [run] = runsOf(context.runtime, container.name)
    const now = run && isRunning(run) ? context.resourcesOf(run) : undefined
    return now !== undefined && !equal(now, container.resources)
  })
}

function mountsOf(
  { volumeMounts = [] }: AnyContainer,
  run: RuntimeContainer | undefined,
): Partial<ContainerStatus> {
  if (volumeMounts.length === 0) return {}
  const recursive = new Set(run?.recursiveReadOnly)
  return {
    volumeMounts: volumeMounts.map((mount) => ({
      name: mount.name,
      mountPath: mount.mountPath,
      ...(mount.readOnly && {
        readOnly: true,
        recursiveReadOnly: recursive.has(containerPath(mount)) ? 'Enabled' : 'Disabled',
      }),
    })),
  }
}

function userOf(run: RuntimeContainer | undefined): Partial<ContainerStatus> {
  if (!run?.user) return {}
  const { uid, gid, supplementalGroups } = run.user
  return { user: { linux: { uid, gid, supplementalGroups } } }
}
