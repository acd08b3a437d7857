import { join } from 'node:path'
import type { Logger } from '../../base/logger.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import { openStateFile } from '../state-file.node.ts'
import type { NumaNode } from '../topology/numa.ts'
import { NO_MEMORY_MANAGER, staticMemoryManager, type MemoryManager } from './memory-manager.ts'
import { reservedMemory } from './reserved-memory.ts'

export interface MemoryOptions {
  readonly configuration: KubeletConfiguration
  readonly nodes: readonly NumaNode[]
  /** What of the machine Pods are not promised. */
  readonly reservedBytes: number
  readonly dataDir: string
  readonly logger: Logger
}

/** The policy for memory that the configuration names, with what was given before the agent was started again. */
export async function startMemory({
  configuration,
  nodes,
  reservedBytes,
  dataDir,
  logger,
}: MemoryOptions): Promise<MemoryManager> {
  if (configuration.memoryManagerPolicy !== 'Static') return NO_MEMORY_MANAGER
  return staticMemoryManager({
    nodes,
    reserved: reservedMemory(configuration, nodes, { memory: Math.floor(reservedBytes) }),
    logger,
    ...(await openStateFile(join(dataDir, 'memory_manager_state'))),
  })
}
