import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { ResourceRequirements } from '../../api/core/v1/resources.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { RuntimeContainer, RuntimePod } from '../runtime/runtime-pod.ts'
import type { CrashBackoff } from './crash-backoff.ts'

/** Which check of a container has failed, so that it must be started anew. */
export type FailedProbe = 'liveness' | 'startup'

/** A Pod that is being ended for good. */
export interface Ending {
  /** Nobody had ended it before. */
  readonly isNew: boolean
  readonly stopped: Promise<void>
}

/** All that the next step of a Pod depends on. */
export interface PodView {
  readonly pod: Pod
  /** It is gone from the API, so only stopping is left. */
  readonly removed: boolean
  readonly runtime: RuntimePod
  readonly nowMs: number
  readonly backoff: Pick<CrashBackoff, 'waiting'>
  /** When to try again what could not be started, by the container's name; the sandbox has the empty one. */
  readonly retryAtMs: ReadonlyMap<string, number>
  failedProbe(run: RuntimeContainer): FailedProbe | undefined
  /** Whether a sidecar's hook and startup probe are through, so that what comes after it may start. */
  isStarted(run: RuntimeContainer): boolean
  /** What a run may use, where it is known. */
  resourcesOf(run: RuntimeContainer): ResourceRequirements | undefined
  /** What the Pod as a whole may use, where that is known. */
  readonly podResources?: ResourceRequirements | undefined
  /** Why the Pod cannot be resized now, where it is to be. */
  resizeRefusal(): Waiting | undefined
  /** Why the node does not take the Pod, or does not keep it. */
  readonly refused?: PodFailure | undefined
  /** Sandboxes or containers are being made at the moment. */
  readonly starting: boolean
}

export interface KillStep {
  readonly run: RuntimeContainer
  /** Its declaration; undefined where the Pod has none of this name. */
  readonly container?: AnyContainer
  readonly graceSeconds: number
  /** What the event says. */
  readonly message: string
  /** Containers that are to end before, while the grace period lasts. */
  readonly after: readonly string[]
}

export interface ResizeStep {
  readonly container: AnyContainer
  readonly run: RuntimeContainer
}

export type ContainerKind = 'init' | 'sidecar' | 'regular' | 'ephemeral'

export interface StartStep {
  readonly container: AnyContainer
  readonly kind: ContainerKind
  /** The run before, if there was one. */
  readonly previous?: RuntimeContainer
}

/** Why a container waits for its next run, as its status says it. */
export interface Waiting {
  readonly reason: string
  readonly message: string
}

/** Why a Pod ends as a whole, before its containers do by themselves. */
export interface PodFailure extends Waiting {
  /** How long its containers have at most; as their Pod says where absent. */
  readonly graceSeconds?: number
  /** It is no fault of its own: its condition DisruptionTarget tells (KEP-3329). */
  readonly disrupts?: boolean
}

/** What to do next. All of it may be done at once, but for the containers to start: one after the other. */
export interface PodPlan {
  readonly kill: readonly KillStep[]
  /** Sandboxes to stop, by id. */
  readonly stopSandboxes: readonly string[]
  readonly createSandbox?: { readonly attempt: number }
  readonly start: readonly StartStep[]
  /** Containers to give other resources while they run. */
  readonly resize: readonly ResizeStep[]
  /** The Pod as a whole is to have other resources. */
  readonly resizePod: boolean
  /** Containers that crashed and wait. */
  readonly backOff: ReadonlyMap<string, Waiting>
  /** Look again then, if nothing happens before. */
  readonly wakeAtMs?: number
  /** The Pod is to be stopped. */
  readonly terminating: boolean
  /** Nothing runs any more, nor will: clean up. */
  readonly finish: boolean
  /** The Pod fails as a whole, for this reason. */
  readonly failure?: PodFailure
}
