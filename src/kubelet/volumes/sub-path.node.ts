import { lstat, mkdir, open, realpath, rm } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { bindMount, isMounted } from './mounts.node.ts'

/**
 * A part of a volume, to be mounted into a container. A container that can write to the volume may put links there, so
 * the part is opened first, checked to lie within, and then mounted by what was opened: nobody can swap it in between.
 * Where there is nothing, a directory is made. Throws upstream's words where the path leads out.
 */
export async function mountSubPath(
  volumePath: string,
  subPath: string,
  target: string,
): Promise<string> {
  if (isAbsolute(subPath) || subPath.split('/').includes('..'))
    throw new Error(`subPath ${JSON.stringify(subPath)} must be a relative path within the volume`)
  if (await isMounted(target)) return target
  const root = await realpath(volumePath)
  const wanted = join(root, subPath)
  await makeWithin(root, subPath)
  await using file = await open(wanted)
  const opened = await realpath(`/proc/self/fd/${file.fd}`)
  const within = relative(root, opened)
  if (within.startsWith('..') || isAbsolute(within))
    throw new Error(
      `subpath ${JSON.stringify(wanted)} not within volume path ${JSON.stringify(root)}`,
    )

  const isDirectory = (await file.stat()).isDirectory()
  await rm(target, { recursive: true, force: true })
  if (isDirectory) await mkdir(target, { recursive: true })
  else {
    await mkdir(join(target, '..'), { recursive: true })
    await using _empty = await open(target, 'w', 0o640)
  }
  await bindMount(`/proc/${process.pid}/fd/${file.fd}`, target)
  return target
}

/** Makes the missing directories of the path one by one, following no link on the way. */
async function makeWithin(root: string, subPath: string): Promise<void> {
  let path = root
  for (const part of subPath.split('/').filter((each) => each !== '' && each !== '.')) {
    path = join(path, part)
    const found = await lstat(path).catch(() => undefined)
    if (!found) await mkdir(path, { mode: 0o750 })
    else if (!found.isDirectory()) return // A file, or a link: what it leads to is checked when it is open.
  }
}
