import type { Pod } from '../../api/core/v1/pod.ts'
import type { Service } from '../../api/core/v1/service.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../controller-runtime/event-recorder.ts'
import type { PodCgroups } from '../cgroups/pod-cgroups.ts'
import type { ClusterDns } from '../containers/dns-config.ts'
import type { References } from '../containers/environment.ts'
import type { MemoryCapacity } from '../containers/resources.ts'
import type { CpuManager } from '../cpus/cpu-manager.ts'
import type { DeviceManager } from '../devices/device-manager.ts'
import type { DraManager } from '../dra/dra-manager.ts'
import type { ImageService, RuntimeService } from '../cri/types.ts'
import type { CredentialProviders } from '../images/credential-providers.node.ts'
import type { ImageManager } from '../images/image-manager.ts'
import type { MemoryManager } from '../memory/memory-manager.ts'
import type { WorkerMetrics } from '../metrics/worker-metrics.ts'
import type { PodFiles } from '../pod-files.ts'
import type { PodProbes } from '../probes/pod-probes.ts'
import type { Probers } from '../probes/probers.ts'
import type { TopologyManager } from '../topology/topology-manager.ts'
import type { UserNamespaces } from '../user-namespaces/user-namespaces.ts'
import type { PodVolumes } from '../volumes/pod-volumes.ts'
import type { Waiting } from './plan-types.ts'

/** What the workers of a node's Pods share. */
export interface WorkerContext {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly recorder: EventRecorder
  readonly runtime: RuntimeService
  readonly images: ImageService
  readonly imageManager: ImageManager
  readonly credentialProviders: CredentialProviders
  readonly volumes: PodVolumes
  readonly files: PodFiles
  readonly references: References
  readonly probers: Probers
  readonly clusterDns: ClusterDns
  readonly cgroupRoot: string
  readonly cgroups: PodCgroups
  readonly devices: Pick<DeviceManager, 'granted' | 'preStart'>
  readonly cpus: Pick<CpuManager, 'cpuset' | 'exclusive'>
  readonly memory: Pick<MemoryManager, 'blocks'>
  /** Gives what devices, CPUs and memory a Pod has for itself. */
  readonly topology: TopologyManager
  readonly dra: Pick<DraManager, 'prepare' | 'cdiDevices' | 'holders' | 'release'>
  readonly hostIPs: readonly string[]
  readonly memoryCapacity: MemoryCapacity
  /** The longest that crashed containers wait. */
  readonly crashBackoffMsMax: number
  /** Containers that say nothing get the seccomp profile of the runtime. */
  readonly seccompDefault: boolean
  readonly users: UserNamespaces
  readonly metrics: WorkerMetrics
  /** SHA-256 in hexadecimal digits. */
  readonly hash: (text: string) => string
  allocatable(): Readonly<Record<string, string>>
  /** Why the node does not take a Pod that is new to it. */
  refusal(pod: Pod): Waiting | undefined
  /** Why a Pod that runs cannot have the resources that it now asks for. */
  resizeRefusal(pod: Pod): Waiting | undefined
  services(): Promise<readonly Service[]>
  /** The handler of the Pod's RuntimeClass; empty for the default. */
  runtimeHandler(pod: Pod): Promise<string>
  /** Whether the Pod's handler can make mounts read-only with all that is mounted below them. */
  recursiveReadOnly(pod: Pod): Promise<boolean>
  /** Whether the runtime can mount parts of images. */
  readonly imageSubPaths: boolean
  /** Resolves once Pods can have a network of their own. */
  networkReady(signal: AbortSignal): Promise<void>
  /** Makes the probes of a Pod; `changed` is called when a result matters. */
  makeProbes(changed: () => void): PodProbes
  /** Nothing is left of a Pod to be asked. */
  forgetProbes(pod: Pod): void
}
