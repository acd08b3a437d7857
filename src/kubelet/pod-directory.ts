import type { Pod } from '../api/core/v1/pod.ts'

/** A container of a Pod on this node, as the runtime knows it. */
export interface DirectoryContainer {
  readonly name: string
  /** The runtime's id, without `containerd://`. */
  readonly id: string
  /** How often the container was restarted before this run. */
  readonly attempt: number
  readonly state: 'created' | 'running' | 'exited' | 'unknown'
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number
  /** Absolute, in the CRI log format; rotated files lie beside it. */
  readonly logPath: string
}

/** A Pod on this node, as it is now. */
export interface DirectoryPod {
  readonly pod: Pod
  /** The runtime's id of the newest sandbox; undefined while there is none. */
  readonly sandboxId: string | undefined
  /** Addresses of the Pod, the primary one first; the node's for a Pod on the node's network. */
  readonly podIPs: readonly string[]
  /** The newest run of each container that has one. */
  containers(): readonly DirectoryContainer[]
  /** The newest run of a container of any kind; undefined where it has none. */
  container(name: string): DirectoryContainer | undefined
  /** The run before that, as `kubectl logs --previous` wants it. */
  previousContainer(name: string): DirectoryContainer | undefined
}

/** The Pods of this node, to look up. Answers come from memory. */
export interface PodDirectory {
  /** A Pod by name; undefined where there is none, or not with that uid. */
  find(namespace: string, name: string, uid?: string): DirectoryPod | undefined
  list(): readonly DirectoryPod[]
  /** Calls back after a container of this Pod started or ended, or the Pod went away; until disposed. */
  onChange(podUid: string, callback: () => void): Disposable
}
