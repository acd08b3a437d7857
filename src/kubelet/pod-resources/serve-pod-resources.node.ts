import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { GrpcError } from '../../grpc/errors.ts'
import { serveGrpc, unaryMethod } from '../../grpc/grpc-server.node.ts'
import type { Input } from '../../grpc/proto3.ts'
import type { CpuManager } from '../cpus/cpu-manager.ts'
import type { Devices } from '../devices/device-plugins.node.ts'
import type { MemoryBlock } from '../memory/memory-map.ts'
import type { MemoryManager } from '../memory/memory-manager.ts'
import type { PodDirectory } from '../pod-directory.ts'
import {
  POD_RESOURCES,
  type ContainerDevices,
  type ContainerMemory,
  type PodResources,
} from './messages.ts'

export interface PodResourcesOptions {
  readonly socket: string
  readonly pods: Pick<PodDirectory, 'find' | 'list'>
  readonly devices: Pick<Devices, 'inventory' | 'granted'>
  readonly cpus: Pick<CpuManager, 'exclusive' | 'allocatable'>
  readonly memory: Pick<MemoryManager, 'blocks' | 'allocatable'>
}

/** Tells monitors of this machine which container has which devices, CPUs and memory (KEP-606). Disposing closes the socket. */
export async function servePodResources(options: PodResourcesOptions): Promise<AsyncDisposable> {
  const { socket, pods } = options
  await mkdir(dirname(socket), { recursive: true, mode: 0o750 })
  await rm(socket, { force: true })
  return serveGrpc(socket, [
    unaryMethod(POD_RESOURCES.list, () => ({
      podResources: pods
        .list()
        .filter(({ pod }) => !isPodTerminal(pod))
        .map(({ pod }) => resourcesOf(pod, options)),
    })),
    unaryMethod(POD_RESOURCES.getAllocatable, () => ({
      devices: allDevices(options),
      cpuIds: options.cpus.allocatable(),
      memory: options.memory.allocatable().map(memoryOf),
    })),
    unaryMethod(POD_RESOURCES.get, ({ podName, podNamespace }) => {
      const found = pods.find(podNamespace, podName)
      if (!found)
        throw new GrpcError(
          'Get',
          'Unknown',
          `pod ${podName} in namespace ${podNamespace} not found`,
        )
      return { podResources: resourcesOf(found.pod, options) }
    }),
  ])
}

function resourcesOf(
  { metadata, spec }: Pod,
  { devices, cpus, memory }: PodResourcesOptions,
): Input<PodResources> {
  const { name, namespace, uid } = metadata
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  return {
    name,
    namespace,
    containers: containers.map((container) => ({
      name: container.name,
      cpuIds: cpus.exclusive(uid, container.name) ?? [],
      memory: memory.blocks(uid, container.name).map(memoryOf),
      devices: Object.entries(devices.granted(uid, container.name)).flatMap(([resource, { ids }]) =>
        ids.map((id) => deviceOf(resource, id, devices)),
      ),
    })),
  }
}

function allDevices({ devices }: PodResourcesOptions): readonly Input<ContainerDevices>[] {
  const { inventory } = devices
  return inventory.names().flatMap((resource) =>
    inventory
      .of(resource)
      .filter(({ isHealthy }) => isHealthy)
      .map(({ id }) => deviceOf(resource, id, devices)),
  )
}

/** One device; upstream tells each by itself too, since each has a place of its own. */
function deviceOf(
  resourceName: string,
  id: string,
  { inventory }: Pick<Devices, 'inventory'>,
): Input<ContainerDevices> {
  const { numaNodes = [] } = inventory.of(resourceName).find((device) => device.id === id) ?? {}
  return {
    resourceName,
    deviceIds: [id],
    ...(numaNodes.length > 0 && { topology: topologyOf(numaNodes) }),
  }
}

function memoryOf({ type, size, numaAffinity }: MemoryBlock): Input<ContainerMemory> {
  return { memoryType: type, size, topology: topologyOf(numaAffinity) }
}

function topologyOf(numaNodes: readonly number[]) {
  return { nodes: numaNodes.map((id) => ({ id })) }
}
