import {
  bool,
  choice,
  int64,
  listOf,
  ref,
  string,
  stringMap,
  strings,
} from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'

// What the node agent says to CSI drivers: messages of csi/v1/csi.proto, with the fields that are used.
// See https://github.com/container-storage-interface/spec/blob/master/spec.md

/** A request or response that says nothing. */
export class Empty extends message({}) {}

class MountVolume extends message({
  fsType: string(1),
  mountFlags: strings(2),
  /** A group that all files are to belong to, where the driver sees to that by itself. */
  volumeMountGroup: string(3),
}) {}

class AccessMode extends message({
  mode: choice(1, [
    'UNKNOWN',
    'SINGLE_NODE_WRITER',
    'SINGLE_NODE_READER_ONLY',
    'MULTI_NODE_READER_ONLY',
    'MULTI_NODE_SINGLE_WRITER',
    'MULTI_NODE_MULTI_WRITER',
    'SINGLE_NODE_SINGLE_WRITER',
    'SINGLE_NODE_MULTI_WRITER',
  ]),
}) {}

/** Either `block` or `mount` is there. */
export class VolumeCapability extends message({
  block: ref(1, Empty),
  mount: ref(2, MountVolume),
  accessMode: ref(3, AccessMode),
}) {}

export class NodeStageVolumeRequest extends message({
  volumeId: string(1),
  publishContext: stringMap(2),
  stagingTargetPath: string(3),
  volumeCapability: ref(4, VolumeCapability),
  secrets: stringMap(5),
  volumeContext: stringMap(6),
}) {}

export class NodeUnstageVolumeRequest extends message({
  volumeId: string(1),
  stagingTargetPath: string(2),
}) {}

export class NodePublishVolumeRequest extends message({
  volumeId: string(1),
  publishContext: stringMap(2),
  stagingTargetPath: string(3),
  targetPath: string(4),
  volumeCapability: ref(5, VolumeCapability),
  readonly: bool(6),
  secrets: stringMap(7),
  volumeContext: stringMap(8),
}) {}

export class NodeUnpublishVolumeRequest extends message({
  volumeId: string(1),
  targetPath: string(2),
}) {}

export class NodeGetVolumeStatsRequest extends message({
  volumeId: string(1),
  volumePath: string(2),
  stagingTargetPath: string(3),
}) {}

class VolumeUsage extends message({
  available: int64(1),
  total: int64(2),
  used: int64(3),
  unit: choice(4, ['UNKNOWN', 'BYTES', 'INODES']),
}) {}

export class NodeGetVolumeStatsResponse extends message({ usage: listOf(1, VolumeUsage) }) {}

class CapacityRange extends message({ requiredBytes: int64(1), limitBytes: int64(2) }) {}

export class NodeExpandVolumeRequest extends message({
  volumeId: string(1),
  volumePath: string(2),
  capacityRange: ref(3, CapacityRange),
  stagingTargetPath: string(4),
  volumeCapability: ref(5, VolumeCapability),
  secrets: stringMap(6),
}) {}

export class NodeExpandVolumeResponse extends message({ capacityBytes: int64(1) }) {}

class NodeRpc extends message({
  type: choice(1, [
    'UNKNOWN',
    'STAGE_UNSTAGE_VOLUME',
    'GET_VOLUME_STATS',
    'EXPAND_VOLUME',
    'VOLUME_CONDITION',
    'SINGLE_NODE_MULTI_WRITER',
    'VOLUME_MOUNT_GROUP',
  ]),
}) {}

class NodeServiceCapability extends message({ rpc: ref(1, NodeRpc) }) {}

export class NodeGetCapabilitiesResponse extends message({
  capabilities: listOf(1, NodeServiceCapability),
}) {}

class Topology extends message({ segments: stringMap(1) }) {}

export class NodeGetInfoResponse extends message({
  nodeId: string(1),
  /** 0: no limit. */
  maxVolumesPerNode: int64(2),
  accessibleTopology: ref(3, Topology),
}) {}
