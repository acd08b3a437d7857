import { readFile, readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Removes a cgroup and those below it in every hierarchy, where no process is in them any more. `path` is as CRI's
 * `cgroupParent` has it: `/kubepods`.
 */
export async function removeCgroup(path: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, path))
}

/** Where the cgroup hierarchies are mounted: one for version 2, one for each controller for version 1. */
async function hierarchies(): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' '))
  return mounts
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, point]) => point!)
}

async function removeTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => undefined)
  if (!entries) return // There is no such cgroup in this hierarchy.
  for (const entry of entries) {
    if (entry.isDirectory()) await removeTree(join(directory, entry.name))
  }
  await rmdir(directory).catch(() => undefined) // In use, by others' processes then.
}
