import type { LinuxContainerResources, LinuxContainerUser } from '../cri/linux-messages.ts'

/** One run of a container, as the runtime knows it. */
export interface RuntimeContainer {
  readonly name: string
  readonly id: string
  readonly sandboxId: string
  /** How often the container was restarted before this run. */
  readonly attempt: number
  readonly state: 'created' | 'running' | 'exited' | 'unknown'
  /** Milliseconds since the epoch; 0 for what has not happened. */
  readonly createdAtMs: number
  readonly startedAtMs: number
  readonly finishedAtMs: number
  readonly exitCode: number
  readonly reason: string
  /** What the runtime says, or the container's own termination message. */
  readonly message: string
  readonly image: string
  /** The image by digest, as a Pod's status shows it. */
  readonly imageRef: string
  readonly logPath: string
  readonly hash: string
  readonly resources?: LinuxContainerResources
  readonly user?: LinuxContainerUser
  readonly stopSignal?: string
  /** Where something is mounted that is read-only with all below it, in the container. */
  readonly recursiveReadOnly?: readonly string[]
  readonly annotations: Readonly<Record<string, string>>
}

export interface RuntimeSandbox {
  readonly id: string
  readonly attempt: number
  readonly ready: boolean
  readonly createdAtMs: number
  /** Empty on the node's own network. */
  readonly ips: readonly string[]
  readonly hostNetwork: boolean
}

/** A Pod as the runtime knows it: newest first. */
export interface RuntimePod {
  readonly sandboxes: readonly RuntimeSandbox[]
  readonly containers: readonly RuntimeContainer[]
}

export const NO_RUNTIME_POD: RuntimePod = { sandboxes: [], containers: [] }

/** The newest run of a container. */
export function newestRun(pod: RuntimePod, name: string): RuntimeContainer | undefined {
  return pod.containers.find((each) => each.name === name)
}

/** All runs of a container, newest first. */
export function runsOf(pod: RuntimePod, name: string): readonly RuntimeContainer[] {
  return pod.containers.filter((each) => each.name === name)
}

export function isRunning({ state }: RuntimeContainer): boolean {
  return state === 'running' || state === 'unknown'
}
