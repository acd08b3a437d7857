import { constants } from 'node:fs'
import {
  lstat,
  mkdir,
  open,
  realpath,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { bindMount, isMounted, O_PATH, unmountBelow } from './mounts.node.ts'

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
  const root = await realpath(volumePath)
  await using file = await openSubPath(root, subPath)
  const found = await file.stat()
  if (await isMounted(target)) {
    const present = await stat(target)
    if (present.ino === found.ino && present.dev === found.dev) return target
    await unmountBelow(target) // The volume has another file at this path by now.
  }
  await rm(target, { recursive: true, force: true })
  await mkdir(found.isDirectory() ? target : join(target, '..'), { recursive: true })
  if (!found.isDirectory()) await writeFile(target, '', { mode: 0o640 })
  await bindMount(`/proc/${process.pid}/fd/${file.fd}`, target)
  return target
}

/** Names a part of a volume, made where it is missing, that lies within. Throws upstream's words where it does not. */
export async function openSubPath(root: string, subPath: string): Promise<FileHandle> {
  if (isAbsolute(subPath) || subPath.split('/').includes('..'))
    throw new Error(`subPath ${JSON.stringify(subPath)} must be a relative path within the volume`)
  const wanted = join(root, subPath)
  await makeWithin(root, subPath)
  const file = await open(wanted, O_PATH)
  try {
    const within = relative(root, await realpath(`/proc/self/fd/${file.fd}`))
    if (within === '..' || within.startsWith('../'))
      throw new Error(
        `subpath ${JSON.stringify(wanted)} not within volume path ${JSON.stringify(root)}`,
      )
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Makes the missing directories of the path one by one, following no link on the way; with the volume's own mode. */
async function makeWithin(root: string, subPath: string): Promise<void> {
  await using stack = new AsyncDisposableStack()
  let parent = stack.use(await open(root, O_PATH | constants.O_DIRECTORY))
  const mode = (await parent.stat()).mode & 0o7777
  for (const part of subPath.split('/').filter((each) => each !== '' && each !== '.')) {
    const path = `/proc/self/fd/${parent.fd}/${part}`
    const isNew = !(await lstat(path).catch(() => undefined))
    if (isNew) await mkdir(path)
    const next = stack.use(await open(path, O_PATH | constants.O_NOFOLLOW))
    // A file, or a link: what it leads to is checked when it is open.
    if (!(await next.stat()).isDirectory()) return
    if (isNew) await makeAccessible(next, mode)
    parent = next
  }
}

async function makeAccessible(directory: FileHandle, mode: number): Promise<void> {
  // A handle made with O_PATH cannot change the mode by itself.
  await using opened = await open(`/proc/self/fd/${directory.fd}`)
  await opened.chmod(mode)
}
