import type { Pod } from '../api/core/v1/pod.ts'
import type { ResolvConf } from './containers/dns-config.ts'
import type { ContainerStatus } from './cri/types.ts'

/** What the node agent itself keeps on disk for Pods. */
export interface PodFiles {
  readonly seccompDir: string
  /** Where a Pod's containers log. */
  logDirectory(pod: Pod): string
  /** Makes the directories that a Pod needs before its sandbox. */
  prepare(pod: Pod): Promise<void>
  /** Makes the directory for the logs of a container. */
  prepareContainer(pod: Pod, name: string): Promise<void>
  /** Writes what the Pod's containers see as /etc/hosts; gives its path. */
  writeHosts(pod: Pod, content: string): Promise<string>
  /** Makes an empty file for the termination message of a run; gives its path. */
  makeTerminationLog(pod: Pod, name: string, attempt: number): Promise<string>
  /** The last words of a run: its termination message, else the end of its log where it wants that, else the runtime's. */
  terminationMessage(status: ContainerStatus): Promise<string>
  /** Removes logs of runs that are gone from the runtime. */
  removeLog(logPath: string): Promise<void>
  /** Removes everything of a Pod. */
  remove(pod: {
    readonly uid: string
    readonly namespace: string
    readonly name: string
  }): Promise<void>
  /** UIDs of the Pods that have something here. */
  podUids(): Promise<readonly string[]>
  /** Reads a file that a Pod has written below a directory; undefined where there is none, or a link leads away. */
  readBelow(directory: string, path: string): Promise<string | undefined>
  nodeHosts(): Promise<string>
  nodeDns(): Promise<ResolvConf>
}
