import type { CallOptions } from '../../grpc/connection.ts'
import type {
  ContainerConfig,
  ContainerFilter,
  ContainerStatus,
  ContainerStatusResponse,
  Container,
} from './container-messages.ts'
import type { AuthConfig, Image, ImageFsInfoResponse, ImageSpec } from './image-messages.ts'
import type { LinuxContainerResources } from './linux-messages.ts'
import type { Input } from '../../grpc/proto3.ts'
import type {
  ContainerEventResponse,
  RuntimeConfig,
  RuntimeConfigResponse,
  StatusResponse,
  VersionResponse,
} from './runtime-messages.ts'
import type {
  PodSandbox,
  PodSandboxConfig,
  PodSandboxFilter,
  PodSandboxStatus,
  PodSandboxStatusResponse,
} from './sandbox-messages.ts'
import type {
  ContainerStats,
  ContainerStatsFilter,
  PodSandboxStats,
  PodSandboxStatsFilter,
} from './stats-messages.ts'
import type { AttachRequest, ExecRequest, ExecSyncResponse } from './streaming-messages.ts'

export type {
  AttachRequest,
  AuthConfig,
  CallOptions,
  Container,
  ContainerConfig,
  ContainerEventResponse,
  ContainerFilter,
  ContainerStats,
  ContainerStatsFilter,
  ContainerStatus,
  ContainerStatusResponse,
  ExecRequest,
  ExecSyncResponse,
  Image,
  ImageFsInfoResponse,
  ImageSpec,
  Input,
  LinuxContainerResources,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxFilter,
  PodSandboxStats,
  PodSandboxStatsFilter,
  PodSandboxStatus,
  PodSandboxStatusResponse,
  RuntimeConfig,
  RuntimeConfigResponse,
  StatusResponse,
  VersionResponse,
}

/**
 * A container runtime's sandboxes and containers, as the Container Runtime Interface v1 has them
 * (https://github.com/kubernetes/cri-api). Every call has a deadline; it rejects with a `GrpcError` that tells the
 * gRPC code, or with the reason of its signal.
 */
export interface RuntimeService {
  version(options?: CallOptions): Promise<VersionResponse>
  /** Conditions, and with `verbose` the runtime's own configuration. */
  status(verbose?: boolean, options?: CallOptions): Promise<StatusResponse>
  /** Tells the runtime the node's podCIDR. */
  updateRuntimeConfig(config: Input<RuntimeConfig>, options?: CallOptions): Promise<void>
  runtimeConfig(options?: CallOptions): Promise<RuntimeConfigResponse>

  /** Makes and starts a sandbox, its network included; resolves with its id. */
  runPodSandbox(
    config: Input<PodSandboxConfig>,
    runtimeHandler?: string,
    options?: CallOptions,
  ): Promise<string>
  /** Kills what runs in it and gives its network back. No error when that is done already. */
  stopPodSandbox(podSandboxId: string, options?: CallOptions): Promise<void>
  /** No error when it is gone already. */
  removePodSandbox(podSandboxId: string, options?: CallOptions): Promise<void>
  podSandboxStatus(
    podSandboxId: string,
    verbose?: boolean,
    options?: CallOptions,
  ): Promise<PodSandboxStatusResponse>
  listPodSandbox(
    filter?: Input<PodSandboxFilter>,
    options?: CallOptions,
  ): Promise<readonly PodSandbox[]>

  /** Resolves with the container's id. */
  createContainer(
    podSandboxId: string,
    config: Input<ContainerConfig>,
    sandboxConfig: Input<PodSandboxConfig>,
    options?: CallOptions,
  ): Promise<string>
  startContainer(containerId: string, options?: CallOptions): Promise<void>
  /** Sends the stop signal, then kills after `timeoutSeconds`. Resolves when it has stopped. */
  stopContainer(containerId: string, timeoutSeconds: number, options?: CallOptions): Promise<void>
  /** No error when it is gone already. */
  removeContainer(containerId: string, options?: CallOptions): Promise<void>
  listContainers(
    filter?: Input<ContainerFilter>,
    options?: CallOptions,
  ): Promise<readonly Container[]>
  containerStatus(
    containerId: string,
    verbose?: boolean,
    options?: CallOptions,
  ): Promise<ContainerStatusResponse>
  updateContainerResources(
    containerId: string,
    resources: Input<LinuxContainerResources>,
    options?: CallOptions,
  ): Promise<void>
  /** Writes an archive of a container that runs; within `timeoutSeconds`, 0 for the runtime's own limit. */
  checkpointContainer(
    containerId: string,
    location: string,
    timeoutSeconds: number,
    options?: CallOptions,
  ): Promise<void>
  /** After its log file was moved away. */
  reopenContainerLog(containerId: string, options?: CallOptions): Promise<void>

  /** Runs a command to its end; DeadlineExceeded after `timeoutSeconds` (0: a day). */
  execSync(
    containerId: string,
    cmd: readonly string[],
    timeoutSeconds: number,
    options?: CallOptions,
  ): Promise<ExecSyncResponse>
  /** These three resolve with the URL at which the runtime serves the stream, once. */
  exec(request: Input<ExecRequest>, options?: CallOptions): Promise<string>
  attach(request: Input<AttachRequest>, options?: CallOptions): Promise<string>
  portForward(
    podSandboxId: string,
    ports: readonly number[],
    options?: CallOptions,
  ): Promise<string>

  containerStats(containerId: string, options?: CallOptions): Promise<ContainerStats>
  listContainerStats(
    filter?: Input<ContainerStatsFilter>,
    options?: CallOptions,
  ): Promise<readonly ContainerStats[]>
  podSandboxStats(podSandboxId: string, options?: CallOptions): Promise<PodSandboxStats>
  listPodSandboxStats(
    filter?: Input<PodSandboxStatsFilter>,
    options?: CallOptions,
  ): Promise<readonly PodSandboxStats[]>

  /** What happens to containers, as it happens. Throws Unimplemented where the runtime has no such stream. */
  getContainerEvents(options: {
    readonly signal: AbortSignal
  }): AsyncIterable<ContainerEventResponse>
}

/** A container runtime's images, as the Container Runtime Interface v1 has them. */
export interface ImageService {
  listImages(image?: Input<ImageSpec>, options?: CallOptions): Promise<readonly Image[]>
  /** Undefined where there is no such image. */
  imageStatus(image: Input<ImageSpec>, options?: CallOptions): Promise<Image | undefined>
  /** Resolves with the reference (by digest, or the id) under which a container can name what was pulled. */
  pullImage(
    image: Input<ImageSpec>,
    auth?: Input<AuthConfig>,
    sandboxConfig?: Input<PodSandboxConfig>,
    options?: CallOptions,
  ): Promise<string>
  /** No error when it is gone already. */
  removeImage(image: Input<ImageSpec>, options?: CallOptions): Promise<void>
  imageFsInfo(options?: CallOptions): Promise<ImageFsInfoResponse>
}

/** What happened to a container, or to a sandbox: then both ids are the sandbox's. Who creates or starts one knows it. */
export type RuntimeEvent =
  | {
      readonly type: 'stopped' | 'deleted' | 'oom'
      readonly containerId: string
      /** Empty where it is not known any more. */
      readonly sandboxId: string
    }
  /** Something may have been missed: list everything. Always the first event; old ones may still follow it. */
  | { readonly type: 'gap' }
