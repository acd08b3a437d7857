import { execFile, type ExecFileException } from 'node:child_process'
import { promisify } from 'node:util'
import { mount } from './mounts.node.ts'

const execute = promisify(execFile)
const FS_DEFAULT = 'ext4'
const NOTHING_FOUND = 2

interface DiskOptions {
  readonly fsType?: string
  readonly mountOptions: readonly string[]
  readonly readOnly: boolean
}

/**
 * Mounts a disk. One that is empty is given a file system first; what is on it is never overwritten. Throws upstream's
 * words.
 */
export async function mountDisk(
  device: string,
  target: string,
  { fsType = FS_DEFAULT, mountOptions, readOnly }: DiskOptions,
): Promise<void> {
  const found = await contentOf(device)
  if (found === '' && readOnly)
    throw new Error(
      `cannot mount unformatted disk ${device} as we are manipulating it in read-only mode`,
    )
  if (found === '') await format(device, fsType)
  const options = [...new Set([...(readOnly ? ['ro'] : []), ...mountOptions, 'defaults'])]
  try {
    await mount(['-t', fsType, '-o', options.join(','), device, target])
  } catch (error) {
    if (found === '' || found === fsType) throw error
    const { message } = error as Error
    throw new Error(
      `failed to mount the volume as ${JSON.stringify(fsType)}, it already contains ${found}. Mount error: ${message}`,
      { cause: error },
    )
  }
}

/** What a disk holds: the type of its file system, or that it holds something else; empty where it holds nothing. */
async function contentOf(device: string): Promise<string> {
  const args = ['-p', '-s', 'TYPE', '-s', 'PTTYPE', '-o', 'export', device]
  try {
    const { stdout } = await execute('blkid', args)
    const fileSystem = /^TYPE=(.*)$/m.exec(stdout)?.[1]
    return fileSystem ?? 'unknown data, probably partitions'
  } catch (error) {
    if ((error as ExecFileException).code === NOTHING_FOUND) return ''
    throw error
  }
}

async function format(device: string, fsType: string): Promise<void> {
  // No blocks are kept for root, and mkfs is not to ask whether a whole disk is meant.
  const isExt = fsType === 'ext3' || fsType === 'ext4'
  await execute(`mkfs.${fsType}`, [...(isExt ? ['-F', '-m0'] : []), device])
}
