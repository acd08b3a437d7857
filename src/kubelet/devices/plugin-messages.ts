import {
  bool,
  int32,
  int64,
  listOf,
  ref,
  string,
  stringMap,
  strings,
} from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'

// The messages of k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1.

export class Empty extends message({}) {}

export class DevicePluginOptions extends message({
  preStartRequired: bool(1),
  getPreferredAllocationAvailable: bool(2),
}) {}

export class RegisterRequest extends message({
  version: string(1),
  /** The name of the plugin's socket, in the directory of ours. */
  endpoint: string(2),
  resourceName: string(3),
  options: ref(4, DevicePluginOptions),
}) {}

export class NUMANode extends message({ id: int64(1) }) {}

export class TopologyInfo extends message({ nodes: listOf(1, NUMANode) }) {}

export class Device extends message({
  id: string(1),
  /** Healthy or Unhealthy. */
  health: string(2),
  topology: ref(3, TopologyInfo),
}) {}

export class ListAndWatchResponse extends message({ devices: listOf(1, Device) }) {}

export class PreStartContainerRequest extends message({ devicesIds: strings(1) }) {}

class ContainerPreferredAllocationRequest extends message({
  availableDeviceIds: strings(1),
  mustIncludeDeviceIds: strings(2),
  allocationSize: int32(3),
}) {}

export class PreferredAllocationRequest extends message({
  containerRequests: listOf(1, ContainerPreferredAllocationRequest),
}) {}

class ContainerPreferredAllocationResponse extends message({ deviceIds: strings(1) }) {}

export class PreferredAllocationResponse extends message({
  containerResponses: listOf(1, ContainerPreferredAllocationResponse),
}) {}

class ContainerAllocateRequest extends message({ devicesIds: strings(1) }) {}

export class AllocateRequest extends message({
  containerRequests: listOf(1, ContainerAllocateRequest),
}) {}

class Mount extends message({
  containerPath: string(1),
  hostPath: string(2),
  readOnly: bool(3),
}) {}

class DeviceSpec extends message({
  containerPath: string(1),
  hostPath: string(2),
  permissions: string(3),
}) {}

class CDIDevice extends message({ name: string(1) }) {}

/** What a container gets that has been given devices. */
export class ContainerAllocateResponse extends message({
  envs: stringMap(1),
  mounts: listOf(2, Mount),
  devices: listOf(3, DeviceSpec),
  annotations: stringMap(4),
  cdiDevices: listOf(5, CDIDevice),
}) {}

export class AllocateResponse extends message({
  containerResponses: listOf(1, ContainerAllocateResponse),
}) {}
