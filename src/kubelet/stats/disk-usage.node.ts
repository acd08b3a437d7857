import { lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** How much a directory takes of its disk. */
export interface DiskUsage {
  readonly bytes: number
  readonly inodes: number
}

/** Adds up a directory with all below it on the same disk; what goes away meanwhile counts as nothing. */
export async function diskUsage(directory: string): Promise<DiskUsage> {
  const root = await lstat(directory).catch(() => undefined)
  if (!root) return { bytes: 0, inodes: 0 }
  let [bytes, inodes] = [root.blocks * 512, 1]
  const pending = root.isDirectory() ? [directory] : []
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const name of await readdir(next).catch(() => [])) {
      const path = join(next, name)
      const found = await lstat(path).catch(() => undefined)
      if (!found || found.dev !== root.dev) continue
      bytes += found.blocks * 512
      inodes += 1
      if (found.isDirectory()) pending.push(path)
    }
  }
  return { bytes, inodes }
}

/** How full the file system is that a path is on. */
export interface FileSystem {
  readonly capacityBytes: number
  readonly availableBytes: number
  readonly inodes: number
  readonly inodesFree: number
}

export async function fileSystemOf(path: string): Promise<FileSystem> {
  const { bavail, bsize, blocks, ffree, files } = await statfs(path)
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    inodes: files,
    inodesFree: ffree,
  }
}
