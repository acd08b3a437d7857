import { ImageSpec } from './image-messages.ts'
import {
  IDMapping,
  LinuxContainerConfig,
  LinuxContainerResources,
  LinuxContainerUser,
} from './linux-messages.ts'
import {
  bool,
  bytes,
  choice,
  int32,
  int64,
  listOf,
  nanoseconds,
  optional,
  ref,
  string,
  stringMap,
  strings,
  uint32,
} from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'
import { PodSandboxConfig } from './sandbox-messages.ts'
import { SIGNALS } from './signals.ts'

/** A container's name within its Pod; `attempt` counts its restarts. */
export class ContainerMetadata extends message({
  name: string(1),
  attempt: uint32(2),
}) {}

export class KeyValue extends message({
  key: string(1),
  value: bytes(2),
}) {}

export class Mount extends message({
  containerPath: string(1),
  hostPath: string(2),
  readonly: bool(3),
  selinuxRelabel: bool(4),
  propagation: choice(5, [
    'PROPAGATION_PRIVATE',
    'PROPAGATION_HOST_TO_CONTAINER',
    'PROPAGATION_BIDIRECTIONAL',
  ]),
  uidMappings: listOf(6, IDMapping),
  gidMappings: listOf(7, IDMapping),
  recursiveReadOnly: bool(8),
  /** What an image volume shows, instead of `hostPath`. */
  image: ref(9, ImageSpec),
  imageSubPath: string(10),
}) {}

export class Device extends message({
  containerPath: string(1),
  hostPath: string(2),
  /** Any of `r`, `w` and `m`, for making nodes. */
  permissions: string(3),
}) {}

export class CDIDevice extends message({ name: string(1) }) {}

const signal = (tag: number) => choice(tag, SIGNALS)

export class ContainerConfig extends message({
  metadata: ref(1, ContainerMetadata),
  image: ref(2, ImageSpec),
  command: strings(3),
  args: strings(4),
  workingDir: string(5),
  envs: listOf(6, KeyValue),
  mounts: listOf(7, Mount),
  devices: listOf(8, Device),
  labels: stringMap(9),
  annotations: stringMap(10),
  /** Where output goes, relative to the sandbox's `logDirectory`. */
  logPath: string(11),
  stdin: bool(12),
  stdinOnce: bool(13),
  tty: bool(14),
  linux: ref(15, LinuxContainerConfig),
  cdiDevices: listOf(17, CDIDevice),
  stopSignal: signal(18),
}) {}

export class CreateContainerRequest extends message({
  podSandboxId: string(1),
  config: ref(2, ContainerConfig),
  sandboxConfig: ref(3, PodSandboxConfig),
}) {}

/** Names a container, in requests and in responses. */
export class ContainerId extends message({ containerId: string(1) }) {}

export class CheckpointContainerRequest extends message({
  containerId: string(1),
  /** The archive to be written. */
  location: string(2),
  /** Seconds; 0 for the runtime's own limit. */
  timeout: int64(3),
}) {}

export class StopContainerRequest extends message({
  containerId: string(1),
  /** Seconds before it is killed. */
  timeout: int32(2),
}) {}

const containerState = (tag: number) =>
  choice(tag, ['CONTAINER_CREATED', 'CONTAINER_RUNNING', 'CONTAINER_EXITED', 'CONTAINER_UNKNOWN'])

/** All that is given must match. */
export class ContainerFilter extends message({
  id: string(1),
  state: optional(2, containerState),
  podSandboxId: string(3),
  labelSelector: stringMap(4),
}) {}

export class ListContainersRequest extends message({ filter: ref(1, ContainerFilter) }) {}

export class Container extends message({
  id: string(1),
  podSandboxId: string(2),
  metadata: ref(3, ContainerMetadata),
  image: ref(4, ImageSpec),
  imageRef: string(5),
  state: containerState(6),
  createdAt: nanoseconds(7),
  labels: stringMap(8),
  annotations: stringMap(9),
  imageId: string(10),
}) {}

export class ListContainersResponse extends message({ containers: listOf(1, Container) }) {}

export class ContainerStatusRequest extends message({
  containerId: string(1),
  verbose: bool(2),
}) {}

export class ContainerResources extends message({ linux: ref(1, LinuxContainerResources) }) {}

export class ContainerUser extends message({ linux: ref(1, LinuxContainerUser) }) {}

export class ContainerStatus extends message({
  id: string(1),
  metadata: ref(2, ContainerMetadata),
  state: containerState(3),
  createdAt: nanoseconds(4),
  startedAt: nanoseconds(5),
  finishedAt: nanoseconds(6),
  exitCode: int32(7),
  image: ref(8, ImageSpec),
  /** The image by digest, as it shows in a Pod's status. */
  imageRef: string(9),
  /** CamelCase, such as Completed, Error, OOMKilled. */
  reason: string(10),
  message: string(11),
  labels: stringMap(12),
  annotations: stringMap(13),
  mounts: listOf(14, Mount),
  /** Absolute. */
  logPath: string(15),
  resources: ref(16, ContainerResources),
  imageId: string(17),
  user: ref(18, ContainerUser),
  stopSignal: signal(19),
}) {}

export class ContainerStatusResponse extends message({
  status: ref(1, ContainerStatus),
  /** Only in a verbose answer: JSON by topic, as the runtime likes. */
  info: stringMap(2),
}) {}

export class UpdateContainerResourcesRequest extends message({
  containerId: string(1),
  linux: ref(2, LinuxContainerResources),
  annotations: stringMap(4),
}) {}
