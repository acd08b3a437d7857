import { chmod, lchown, lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stats } from 'node:fs'
import type { Pod } from '../../api/core/v1/pod.ts'

const MAY_READ_WRITE = 0o660
const MAY_ENTER = 0o110
const SETGID = 0o2000
const PERMISSIONS = 0o7777

/**
 * Gives all that is in a volume to the Pod's fsGroup, which may then read and write it; new files will belong to it too.
 * Does nothing for Pods without one, nor, with the policy OnRootMismatch (KEP-695), where the volume's root is so already.
 */
export async function giveToGroup(path: string, { spec }: Pod): Promise<void> {
  const { fsGroup, fsGroupChangePolicy } = spec.securityContext ?? {}
  if (fsGroup === undefined) return
  if (fsGroupChangePolicy === 'OnRootMismatch' && isGiven(await lstat(path), fsGroup)) return
  await give(path, fsGroup)
}

function isGiven({ gid, mode }: Stats, group: number): boolean {
  const wanted = MAY_READ_WRITE | MAY_ENTER | SETGID
  return gid === group && (mode & wanted) === wanted
}

/** A directory after all that is in it: where this was interrupted, the root still shows that it is to be done. */
async function give(path: string, group: number): Promise<void> {
  const found = await lstat(path)
  if (found.isDirectory())
    for await (const entry of await opendir(path)) await give(join(path, entry.name), group)
  await lchown(path, found.uid, group)
  if (found.isSymbolicLink()) return // It has no mode of its own; what it leads to may be elsewhere.
  const more = found.isDirectory() ? MAY_READ_WRITE | MAY_ENTER | SETGID : MAY_READ_WRITE
  await chmod(path, (found.mode & PERMISSIONS) | more)
}
