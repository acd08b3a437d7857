import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unmountBelow } from './volumes/mounts.node.ts'

/** Removes what Pods have left in a node's directory: their volumes, which are unmounted, and their logs. */
export async function removePods(dataDir: string): Promise<void> {
  const pods = join(dataDir, 'pods')
  await unmountBelow(pods)
  // What CSI drivers had for all Pods of the node: these are gone by now.
  await unmountBelow(join(dataDir, 'plugins'))
  await rm(pods, { recursive: true, force: true })
}
