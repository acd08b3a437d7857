import type { Method } from '../../grpc/connection.ts'
import type { MessageClass } from '../../grpc/proto3.ts'
import {
  Empty,
  NodeExpandVolumeRequest,
  NodeExpandVolumeResponse,
  NodeGetCapabilitiesResponse,
  NodeGetInfoResponse,
  NodeGetVolumeStatsRequest,
  NodeGetVolumeStatsResponse,
  NodePublishVolumeRequest,
  NodeStageVolumeRequest,
  NodeUnpublishVolumeRequest,
  NodeUnstageVolumeRequest,
} from './node-messages.ts'

function node<Q, R>(
  name: string,
  request: MessageClass<Q>,
  response: MessageClass<R>,
): Method<Q, R> {
  return { path: `/csi.v1.Node/${name}`, request, response }
}

/** The node service of a CSI driver. */
export const CSI_NODE = {
  getInfo: node('NodeGetInfo', Empty, NodeGetInfoResponse),
  getCapabilities: node('NodeGetCapabilities', Empty, NodeGetCapabilitiesResponse),
  stage: node('NodeStageVolume', NodeStageVolumeRequest, Empty),
  unstage: node('NodeUnstageVolume', NodeUnstageVolumeRequest, Empty),
  publish: node('NodePublishVolume', NodePublishVolumeRequest, Empty),
  unpublish: node('NodeUnpublishVolume', NodeUnpublishVolumeRequest, Empty),
  getVolumeStats: node('NodeGetVolumeStats', NodeGetVolumeStatsRequest, NodeGetVolumeStatsResponse),
  expand: node('NodeExpandVolume', NodeExpandVolumeRequest, NodeExpandVolumeResponse),
}
