import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { leaveRootDirectory, rootDirectory } from './root-directory.node.ts'
import { unmountBelow } from './volumes/mounts.node.ts'

/** Removes what Pods have left in a node's directory: their volumes, which are unmounted, and their logs. */
export async function removePods(dataDir: string): Promise<void> {
  const root = await rootDirectory(dataDir)
  const pods = join(root, 'pods')
  await unmountBelow(pods)
  // What CSI drivers had for all Pods of the node: these are gone by now.
  await unmountBelow(join(root, 'plugins'))
  await rm(pods, { recursive: true, force: true })
  await leaveRootDirectory(dataDir)
}
