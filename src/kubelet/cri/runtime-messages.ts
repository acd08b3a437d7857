import { ContainerStatus } from './container-messages.ts'
import {
  bool,
  choice,
  listOf,
  nanoseconds,
  ref,
  string,
  stringMap,
} from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'
import { PodSandboxStatus } from './sandbox-messages.ts'

/** A request or response that says nothing. */
export class Empty extends message({}) {}

export class VersionRequest extends message({ version: string(1) }) {}

export class VersionResponse extends message({
  version: string(1),
  runtimeName: string(2),
  runtimeVersion: string(3),
  runtimeApiVersion: string(4),
}) {}

export class StatusRequest extends message({ verbose: bool(1) }) {}

/** RuntimeReady and NetworkReady are always among them. */
export class RuntimeCondition extends message({
  type: string(1),
  status: bool(2),
  reason: string(3),
  message: string(4),
}) {}

export class RuntimeStatus extends message({ conditions: listOf(1, RuntimeCondition) }) {}

export class RuntimeHandlerFeatures extends message({
  recursiveReadOnlyMounts: bool(1),
  userNamespaces: bool(2),
}) {}

/** The empty name is the default handler's. */
export class RuntimeHandler extends message({
  name: string(1),
  features: ref(2, RuntimeHandlerFeatures),
}) {}

export class RuntimeFeatures extends message({
  supplementalGroupsPolicy: bool(1),
  userNamespacesHostNetwork: bool(2),
}) {}

export class StatusResponse extends message({
  status: ref(1, RuntimeStatus),
  /** Only in a verbose answer: JSON by topic, as the runtime likes. */
  info: stringMap(2),
  runtimeHandlers: listOf(3, RuntimeHandler),
  features: ref(4, RuntimeFeatures),
}) {}

export class NetworkConfig extends message({ podCidr: string(1) }) {}

export class RuntimeConfig extends message({ networkConfig: ref(1, NetworkConfig) }) {}

export class UpdateRuntimeConfigRequest extends message({ runtimeConfig: ref(1, RuntimeConfig) }) {}

export class LinuxRuntimeConfiguration extends message({
  cgroupDriver: choice(1, ['SYSTEMD', 'CGROUPFS']),
}) {}

export class RuntimeConfigResponse extends message({ linux: ref(1, LinuxRuntimeConfiguration) }) {}

export class ContainerEventResponse extends message({
  /** A container, or a sandbox. */
  containerId: string(1),
  containerEventType: choice(2, [
    'CONTAINER_CREATED_EVENT',
    'CONTAINER_STARTED_EVENT',
    'CONTAINER_STOPPED_EVENT',
    'CONTAINER_DELETED_EVENT',
  ]),
  createdAt: nanoseconds(3),
  podSandboxStatus: ref(4, PodSandboxStatus),
  containersStatuses: listOf(5, ContainerStatus),
}) {}
