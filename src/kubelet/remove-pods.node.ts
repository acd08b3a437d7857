import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unmountBelow } from './containerd/mounts.node.ts'

/**
 * Removes what the node agent keeps on disk for Pods: volumes, which are unmounted first, and logs. The containers
 * must have been stopped. Nothing happens where there is nothing.
 */
export async function removePods(dataDir: string): Promise<void> {
  const pods = join(dataDir, 'pods')
  await unmountBelow([pods])
  for (const directory of [pods, join(dataDir, 'logs/pods')])
    await rm(directory, { recursive: true, force: true })
}
