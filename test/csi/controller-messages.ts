import { int64, listOf, ref, string, stringMap, bool } from '../../src/grpc/proto-fields.ts'
import { message, type MessageClass } from '../../src/grpc/proto3.ts'
import type { Method } from '../../src/grpc/connection.ts'
import { Empty, VolumeCapability } from '../../src/kubelet/csi/node-messages.ts'

// What sidecars say to CSI drivers: messages of csi/v1/csi.proto, with the fields that are used.
// See https://github.com/container-storage-interface/spec/blob/master/spec.md

class CapacityRange extends message({ requiredBytes: int64(1), limitBytes: int64(2) }) {}

class Timestamp extends message({ seconds: int64(1) }) {}

class SnapshotSource extends message({ snapshotId: string(1) }) {}
class VolumeSource extends message({ volumeId: string(1) }) {}

class ContentSource extends message({
  snapshot: ref(1, SnapshotSource),
  volume: ref(2, VolumeSource),
}) {}

class CreateVolumeRequest extends message({
  name: string(1),
  capacityRange: ref(2, CapacityRange),
  volumeCapabilities: listOf(3, VolumeCapability),
  parameters: stringMap(4),
  contentSource: ref(6, ContentSource),
  mutableParameters: stringMap(8),
}) {}

class Volume extends message({
  capacityBytes: int64(1),
  volumeId: string(2),
  volumeContext: stringMap(3),
  contentSource: ref(4, ContentSource),
}) {}

class CreateVolumeResponse extends message({ volume: ref(1, Volume) }) {}

class VolumeRequest extends message({ volumeId: string(1) }) {}

class PublishRequest extends message({
  volumeId: string(1),
  nodeId: string(2),
  volumeCapability: ref(3, VolumeCapability),
  readonly: bool(4),
}) {}

class PublishResponse extends message({ publishContext: stringMap(1) }) {}

class UnpublishRequest extends message({ volumeId: string(1), nodeId: string(2) }) {}

class ExpandRequest extends message({
  volumeId: string(1),
  capacityRange: ref(2, CapacityRange),
}) {}

class ExpandResponse extends message({
  capacityBytes: int64(1),
  nodeExpansionRequired: bool(2),
}) {}

class ModifyRequest extends message({
  volumeId: string(1),
  mutableParameters: stringMap(3),
}) {}

class CreateSnapshotRequest extends message({
  sourceVolumeId: string(1),
  name: string(2),
  parameters: stringMap(4),
}) {}

class Snapshot extends message({
  sizeBytes: int64(1),
  snapshotId: string(2),
  sourceVolumeId: string(3),
  creationTime: ref(4, Timestamp),
  readyToUse: bool(5),
}) {}

class CreateSnapshotResponse extends message({ snapshot: ref(1, Snapshot) }) {}

class SnapshotRequest extends message({ snapshotId: string(1) }) {}

class ListSnapshotsRequest extends message({ snapshotId: string(4) }) {}

class ListSnapshotsResponse extends message({ entries: listOf(1, CreateSnapshotResponse) }) {}

function method<Q, R>(
  name: string,
  request: MessageClass<Q>,
  response: MessageClass<R>,
): Method<Q, R> {
  return { path: `/csi.v1.Controller/${name}`, request, response }
}

/** The controller service of a CSI driver. */
export const CSI_CONTROLLER = {
  createVolume: method('CreateVolume', CreateVolumeRequest, CreateVolumeResponse),
  deleteVolume: method('DeleteVolume', VolumeRequest, Empty),
  attach: method('ControllerPublishVolume', PublishRequest, PublishResponse),
  detach: method('ControllerUnpublishVolume', UnpublishRequest, Empty),
  expandVolume: method('ControllerExpandVolume', ExpandRequest, ExpandResponse),
  modifyVolume: method('ControllerModifyVolume', ModifyRequest, Empty),
  createSnapshot: method('CreateSnapshot', CreateSnapshotRequest, CreateSnapshotResponse),
  deleteSnapshot: method('DeleteSnapshot', SnapshotRequest, Empty),
  listSnapshots: method('ListSnapshots', ListSnapshotsRequest, ListSnapshotsResponse),
}
