import { stat, statfs } from 'node:fs/promises'
import type { Pod } from '../../api/core/v1/pod.ts'
import { giveToGroup } from './fs-group.node.ts'
import type { VolumeUsage } from './pod-volumes.ts'

/** Checks a directory of the node that is a local volume, and gives it to the Pod's group. Throws upstream's words. */
export async function prepareLocal(pod: Pod, path: string, readOnly: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new Error(`path ${JSON.stringify(path)} does not exist`)
  if (!readOnly) await giveToGroup(path, pod)
}

/** How full the disk is that a volume is on. */
export async function localUsage(path: string): Promise<Omit<VolumeUsage, 'name' | 'pvcRef'>> {
  const { bavail, bfree, blocks, bsize, ffree, files } = await statfs(path)
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
    inodesUsed: files - ffree,
  }
}
