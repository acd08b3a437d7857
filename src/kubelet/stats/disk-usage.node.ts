import { lstat, readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { FilesystemUsage } from '../cri/image-messages.ts'
import type { ImageService } from '../cri/types.ts'

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

/** A file system, and how full it is. */
export interface FileSystem {
  /** Tells it from others. */
  readonly device: number
  readonly capacityBytes: number
  readonly availableBytes: number
  readonly inodes: number
  readonly inodesFree: number
}

/** The file system that a path is on. */
export async function fileSystemOf(path: string): Promise<FileSystem> {
  const [{ bavail, bsize, blocks, ffree, files }, { dev }] = await Promise.all([
    statfs(path),
    stat(path),
  ])
  return {
    device: dev,
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    inodes: files,
    inodesFree: ffree,
  }
}

/** Where the runtime keeps images, and what containers write; and how much these take. */
export interface RuntimeDisks {
  readonly image: RuntimeDisk | undefined
  readonly container: RuntimeDisk | undefined
}

export interface RuntimeDisk extends FileSystem {
  readonly usedBytes: number
  readonly inodesUsed: number
}

/** What the runtime tells of its disks; undefined where it does not, or they are not to be seen from here. */
export async function runtimeDisks(
  images: Pick<ImageService, 'imageFsInfo'>,
): Promise<RuntimeDisks> {
  const info = await images.imageFsInfo().catch(() => undefined)
  const disk = async (usage: FilesystemUsage | undefined): Promise<RuntimeDisk | undefined> => {
    const mountpoint = usage?.fsId?.mountpoint
    const found = mountpoint ? await fileSystemOf(mountpoint).catch(() => undefined) : undefined
    return (
      found && { ...found, usedBytes: usage?.usedBytes ?? 0, inodesUsed: usage?.inodesUsed ?? 0 }
    )
  }
  const [image, container] = await Promise.all([
    disk(info?.imageFilesystems[0]),
    disk(info?.containerFilesystems[0]),
  ])
  return { image, container: container ?? image }
}
