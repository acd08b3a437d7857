import type { Method } from '../../grpc/connection.ts'
import { integers, listOf, ref, string, strings, uint64 } from '../../grpc/proto-fields.ts'
import { message, type MessageClass } from '../../grpc/proto3.ts'
import { TopologyInfo } from '../devices/plugin-messages.ts'

// The messages of k8s.io/kubelet/pkg/apis/podresources/v1.

class Empty extends message({}) {}

export class ContainerDevices extends message({
  resourceName: string(1),
  deviceIds: strings(2),
  topology: ref(3, TopologyInfo),
}) {}

export class ContainerMemory extends message({
  memoryType: string(1),
  /** In bytes. */
  size: uint64(2),
  topology: ref(3, TopologyInfo),
}) {}

class ContainerResources extends message({
  name: string(1),
  devices: listOf(2, ContainerDevices),
  cpuIds: integers(3),
  memory: listOf(4, ContainerMemory),
}) {}

export class PodResources extends message({
  name: string(1),
  namespace: string(2),
  containers: listOf(3, ContainerResources),
}) {}

class AllocatableResourcesResponse extends message({
  devices: listOf(1, ContainerDevices),
  cpuIds: integers(2),
  memory: listOf(3, ContainerMemory),
}) {}

class ListPodResourcesResponse extends message({ podResources: listOf(1, PodResources) }) {}

class GetPodResourcesRequest extends message({
  podName: string(1),
  podNamespace: string(2),
}) {}

class GetPodResourcesResponse extends message({ podResources: ref(1, PodResources) }) {}

function lister<Q, R>(
  name: string,
  request: MessageClass<Q>,
  response: MessageClass<R>,
): Method<Q, R> {
  return { path: `/v1.PodResourcesLister/${name}`, request, response }
}

export const POD_RESOURCES = {
  list: lister('List', Empty, ListPodResourcesResponse),
  getAllocatable: lister('GetAllocatableResources', Empty, AllocatableResourcesResponse),
  get: lister('Get', GetPodResourcesRequest, GetPodResourcesResponse),
} as const
