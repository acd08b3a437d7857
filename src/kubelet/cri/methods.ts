import type { Method } from '../../grpc/connection.ts'
import {
  CheckpointContainerRequest,
  ContainerId,
  ContainerStatusRequest,
  ContainerStatusResponse,
  CreateContainerRequest,
  ListContainersRequest,
  ListContainersResponse,
  StopContainerRequest,
  UpdateContainerResourcesRequest,
} from './container-messages.ts'
import {
  ImageFsInfoResponse,
  ImageStatusRequest,
  ImageStatusResponse,
  ListImagesRequest,
  ListImagesResponse,
  PullImageRequest,
  PullImageResponse,
  RemoveImageRequest,
} from './image-messages.ts'
import type { MessageClass } from '../../grpc/proto3.ts'
import {
  ContainerEventResponse,
  Empty,
  RuntimeConfigResponse,
  StatusRequest,
  StatusResponse,
  UpdateRuntimeConfigRequest,
  VersionRequest,
  VersionResponse,
} from './runtime-messages.ts'
import {
  ListPodSandboxRequest,
  ListPodSandboxResponse,
  PodSandboxId,
  PodSandboxStatusRequest,
  PodSandboxStatusResponse,
  RunPodSandboxRequest,
} from './sandbox-messages.ts'
import {
  ContainerStatsResponse,
  ListContainerStatsRequest,
  ListContainerStatsResponse,
  ListPodSandboxStatsRequest,
  ListPodSandboxStatsResponse,
  PodSandboxStatsResponse,
} from './stats-messages.ts'
import {
  AttachRequest,
  ExecRequest,
  ExecSyncRequest,
  ExecSyncResponse,
  PortForwardRequest,
  StreamingResponse,
} from './streaming-messages.ts'

function runtime<Q, R>(
  name: string,
  request: MessageClass<Q>,
  response: MessageClass<R>,
): Method<Q, R> {
  return { path: `/runtime.v1.RuntimeService/${name}`, request, response }
}

function image<Q, R>(
  name: string,
  request: MessageClass<Q>,
  response: MessageClass<R>,
): Method<Q, R> {
  return { path: `/runtime.v1.ImageService/${name}`, request, response }
}

/** The methods of CRI's RuntimeService that we call. */
export const RUNTIME = {
  version: runtime('Version', VersionRequest, VersionResponse),
  status: runtime('Status', StatusRequest, StatusResponse),
  updateRuntimeConfig: runtime('UpdateRuntimeConfig', UpdateRuntimeConfigRequest, Empty),
  runtimeConfig: runtime('RuntimeConfig', Empty, RuntimeConfigResponse),
  runPodSandbox: runtime('RunPodSandbox', RunPodSandboxRequest, PodSandboxId),
  stopPodSandbox: runtime('StopPodSandbox', PodSandboxId, Empty),
  removePodSandbox: runtime('RemovePodSandbox', PodSandboxId, Empty),
  podSandboxStatus: runtime('PodSandboxStatus', PodSandboxStatusRequest, PodSandboxStatusResponse),
  listPodSandbox: runtime('ListPodSandbox', ListPodSandboxRequest, ListPodSandboxResponse),
  createContainer: runtime('CreateContainer', CreateContainerRequest, ContainerId),
  startContainer: runtime('StartContainer', ContainerId, Empty),
  stopContainer: runtime('StopContainer', StopContainerRequest, Empty),
  removeContainer: runtime('RemoveContainer', ContainerId, Empty),
  listContainers: runtime('ListContainers', ListContainersRequest, ListContainersResponse),
  containerStatus: runtime('ContainerStatus', ContainerStatusRequest, ContainerStatusResponse),
  updateContainerResources: runtime(
    'UpdateContainerResources',
    UpdateContainerResourcesRequest,
    Empty,
  ),
  checkpointContainer: runtime('CheckpointContainer', CheckpointContainerRequest, Empty),
  reopenContainerLog: runtime('ReopenContainerLog', ContainerId, Empty),
  execSync: runtime('ExecSync', ExecSyncRequest, ExecSyncResponse),
  exec: runtime('Exec', ExecRequest, StreamingResponse),
  attach: runtime('Attach', AttachRequest, StreamingResponse),
  portForward: runtime('PortForward', PortForwardRequest, StreamingResponse),
  containerStats: runtime('ContainerStats', ContainerId, ContainerStatsResponse),
  listContainerStats: runtime(
    'ListContainerStats',
    ListContainerStatsRequest,
    ListContainerStatsResponse,
  ),
  podSandboxStats: runtime('PodSandboxStats', PodSandboxId, PodSandboxStatsResponse),
  listPodSandboxStats: runtime(
    'ListPodSandboxStats',
    ListPodSandboxStatsRequest,
    ListPodSandboxStatsResponse,
  ),
  getContainerEvents: runtime('GetContainerEvents', Empty, ContainerEventResponse),
} as const

/** The methods of CRI's ImageService that we call. */
export const IMAGE = {
  listImages: image('ListImages', ListImagesRequest, ListImagesResponse),
  imageStatus: image('ImageStatus', ImageStatusRequest, ImageStatusResponse),
  pullImage: image('PullImage', PullImageRequest, PullImageResponse),
  removeImage: image('RemoveImage', RemoveImageRequest, Empty),
  imageFsInfo: image('ImageFsInfo', Empty, ImageFsInfoResponse),
} as const
