import type { ContainerConfig, Input } from '../cri/types.ts'
import { formatCpuSet } from '../cpus/cpu-set.ts'
import type { MemoryManager } from './memory-manager.ts'

/** What the runtime is told of a container, with the NUMA nodes that its memory comes from. */
export function withMemory(
  config: Input<ContainerConfig>,
  memory: Pick<MemoryManager, 'blocks'>,
  uid: string,
  container: string,
): Input<ContainerConfig> {
  const blocks = memory.blocks(uid, container)
  if (blocks.length === 0) return config
  const nodes = new Set(blocks.flatMap(({ numaAffinity }) => numaAffinity))
  const resources = { ...config.linux?.resources, cpusetMems: formatCpuSet(nodes) }
  return { ...config, linux: { ...config.linux, resources } }
}
