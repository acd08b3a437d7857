import { lstat, mkdir, open, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
import type { HostPathVolumeSource } from '../../api/core/v1/volume-source.ts'

/** Checks that a path of the node is of the type asked for, and makes it where the type says so. Throws upstream's words. */
export async function prepareHostPath({ path, type }: HostPathVolumeSource): Promise<void> {
  if (type === '') return
  const found = await stat(path).catch(() => undefined)
  if (type === 'DirectoryOrCreate' && !found) await mkdir(path, { recursive: true, mode: 0o755 })
  else if (type === 'FileOrCreate' && !found) await makeFile(path)
  else if (!found || !isOfType(found, type))
    throw new Error(`hostPath type check failed: ${path} is not ${DESCRIPTIONS[type] ?? type}`)
}

async function makeFile(path: string): Promise<void> {
  // Its directory must be there: a file that was meant for another place would be hard to find.
  await lstat(dirname(path))
  await using _file = await open(path, 'a', 0o644)
}

function isOfType(found: Stats, type: string): boolean {
  switch (type) {
    case 'Directory':
    case 'DirectoryOrCreate':
      return found.isDirectory()
    case 'File':
    case 'FileOrCreate':
      return found.isFile()
    case 'Socket':
      return found.isSocket()
    case 'CharDevice':
      return found.isCharacterDevice()
    case 'BlockDevice':
      return found.isBlockDevice()
    default:
      return false
  }
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  Directory: 'a directory',
  DirectoryOrCreate: 'a directory',
  File: 'a file',
  FileOrCreate: 'a file',
  Socket: 'a socket file',
  CharDevice: 'a character device',
  BlockDevice: 'a block device',
}
