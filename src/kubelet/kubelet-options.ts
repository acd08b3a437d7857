import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { MetricSet } from '../base/metrics.ts'
import type { Random } from '../base/random.ts'
import type { Client } from '../client/client.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { EventRecorder } from '../controller-runtime/event-recorder.ts'
import type { Connection } from '../grpc/connection.ts'
import type { KubeletConfiguration } from './config/kubelet-configuration.ts'
import type { ImageService, RuntimeService } from './cri/types.ts'
import type { DraManager } from './dra/dra-manager.ts'
import type { CredentialProviders } from './images/credential-providers.node.ts'
import type { ImageManager } from './images/image-manager.ts'
import type { PodVolumes } from './volumes/pod-volumes.ts'

/** The Pod network of the node. */
export interface NodeNetwork {
  /** Makes the network ready for Pods with addresses of these ranges; called again when they change. */
  configure(podCIDRs: readonly string[]): Promise<void>
}

export interface KubeletOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly nodeName: string
  /** The node's InternalIP, or one of each family, the preferred one first. */
  readonly nodeAddress: string | readonly string[]
  readonly nodeLabels?: Readonly<Record<string, string>>
  readonly nodeAnnotations?: Readonly<Record<string, string>>
  readonly kubeletPort: number
  /** To the container runtime. */
  readonly connection: Connection
  readonly runtime: RuntimeService
  readonly images: ImageService
  readonly imageManager: ImageManager
  /** Programs that know credentials of registries; none when absent. */
  readonly credentialProviders?: CredentialProviders
  readonly volumes: PodVolumes
  readonly network: NodeNetwork
  /** Without it, claims of Pods are not made ready. */
  readonly dra?: DraManager
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Tells events with the source `kubelet` and the node as host. */
  readonly recorder: EventRecorder
  /** Addresses of the cluster's DNS Service; where there are none, Pods use the node's DNS. */
  readonly clusterDns: readonly string[]
  readonly clusterDomain: string
  /** Pods' directories, logs and seccomp profiles are in it. */
  readonly dataDir: string
  /** The cgroup that all Pods are in; `/kubepods` when absent. */
  readonly cgroupRoot?: string
  /** How the agent works; upstream's defaults when absent. */
  readonly configuration?: KubeletConfiguration
  /** What `/metrics` shows, to which the agent adds its own; a set of its own when absent. */
  readonly metrics?: MetricSet
  /** What the Node reports; `v1.36.0` when absent. */
  readonly version?: string
}
